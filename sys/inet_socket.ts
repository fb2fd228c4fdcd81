/**
 * Sockets of IPv4 and IPv6 that never block: ip(7), ipv6(7), udp(7), tcp(7).
 *
 * What others cause, such as a port nobody listens on, comes back as minus the
 * errno: it happens all the time and is no exception.
 *
 * @module
 */
import { ERRNO } from "./errno.ts";
import { SyscallError } from "./errors.ts";
import { Fd, O } from "./fd.ts";
import {
  encodeSocketAddress,
  openInet,
  SOCKADDR_SIZE,
  type SocketAddress,
  type Transport,
} from "./inet.ts";
import { setOption } from "./socket.ts";
import { syscall, trySyscall } from "./syscall.ts";

const [SOL_IP, SOL_SOCKET, SOL_IPV6] = [0, 1, 41];
const SO = { REUSEADDR: 2, BINDTODEVICE: 25 } as const;
const IP_FREEBIND = 15; // linux/in.h
const IPV6 = { V6ONLY: 26, FREEBIND: 78 } as const; // linux/in6.h
const [MSG_DONTWAIT, MSG_NOSIGNAL] = [0x40, 0x4000];
const BACKLOG = 64;

/** What recvfrom(2) is told of a buffer, and tells. */
const size = new Int32Array(1);
const sizeBytes = new Uint8Array(size.buffer);

/**
 * Opens a socket that hears nothing but what comes in by one link,
 * if `device` names one. The address may be there later than the socket: one of
 * IPv6 is not usable until the link is up and nobody else was found to have it.
 *
 * @throws {SyscallError} EADDRINUSE when another socket has the port, ENODEV
 * when there is no such link
 */
export function listenAt(
  at: SocketAddress,
  transport: Transport,
  device?: string,
): Fd {
  const socket = openInet(transport, at, O.NONBLOCK);
  const { number } = socket;
  try {
    if (device !== undefined) {
      const result = trySyscall(
        "setsockopt",
        number,
        SOL_SOCKET,
        SO.BINDTODEVICE,
        device,
        device.length,
      );
      if (result < 0) throw new SyscallError("listen on", device, -result);
    }
    if (at.address.length === 4) setOption(number, SOL_IP, IP_FREEBIND, 1);
    else {
      setOption(number, SOL_IPV6, IPV6.V6ONLY, 1);
      setOption(number, SOL_IPV6, IPV6.FREEBIND, 1);
    }
    // Connections that have ended keep the port for a minute; on UDP it would
    // let two servers share one.
    if (transport === "tcp") setOption(number, SOL_SOCKET, SO.REUSEADDR, 1);
    const sockaddr = encodeSocketAddress(at);
    syscall("bind", number, sockaddr, sockaddr.length);
    if (transport === "tcp") syscall("listen", number, BACKLOG);
    return socket;
  } catch (error) {
    socket[Symbol.dispose]();
    throw error;
  }
}

/**
 * Opens a socket that hears from `peer` alone, at a port the kernel picks.
 * One of TCP can be written to once it is connected, or that has failed.
 *
 * @throws {SyscallError} ENETUNREACH, EMFILE …
 */
export function connectTo(peer: SocketAddress, transport: Transport): Fd {
  const socket = openInet(transport, peer, O.NONBLOCK);
  const sockaddr = encodeSocketAddress(peer);
  const result = trySyscall(
    "connect",
    socket.number,
    sockaddr,
    sockaddr.length,
  );
  if (result === 0 || result === -ERRNO.EINPROGRESS!) return socket;
  socket[Symbol.dispose]();
  throw new SyscallError("connect", "", -result);
}

/**
 * The index of a link in the network namespace the calling thread is in; 0 if
 * there is none of that name.
 */
export function indexOfLink(name: string): number {
  // struct ifreq { char name[16]; int ifindex; … }, from linux/if.h
  const [NAME_SIZE, IFREQ_SIZE, SIOCGIFINDEX] = [16, 40, 0x8933];
  const bytes = new TextEncoder().encode(name);
  if (bytes.length >= NAME_SIZE) return 0;
  const request = new Uint8Array(IFREQ_SIZE);
  request.set(bytes);
  using socket = openInet("udp", { address: new Uint8Array(4), port: 0 });
  const result = trySyscall("ioctl", socket.number, SIOCGIFINDEX, request);
  return result < 0 ? 0 : new DataView(request.buffer).getInt32(16, true);
}

/**
 * Receives a datagram, or what has come of a stream. Returns the length, 0 at
 * the end of a stream, or minus the errno: EAGAIN when there is nothing.
 *
 * @param sockaddr Of {@linkcode SOCKADDR_SIZE}; the sender is written to it.
 */
export function receive(
  socket: number,
  buffer: Uint8Array,
  sockaddr: Uint8Array | null = null,
): number {
  size[0] = sockaddr?.length ?? 0;
  for (;;) {
    const result = trySyscall(
      "recvfrom",
      socket,
      buffer,
      buffer.length,
      MSG_DONTWAIT,
      sockaddr,
      sockaddr && sizeBytes,
    );
    if (result !== -ERRNO.EINTR!) return result;
  }
}

/**
 * Sends a datagram, or what a stream takes now. Returns how many bytes went, or
 * minus the errno.
 *
 * @param sockaddr Whom to, unless the socket is connected.
 */
export function send(
  socket: number,
  bytes: Uint8Array,
  sockaddr: Uint8Array | null = null,
): number {
  const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
  for (;;) {
    const result = trySyscall(
      "sendto",
      socket,
      bytes,
      bytes.length,
      flags,
      sockaddr,
      sockaddr?.length ?? 0,
    );
    if (result !== -ERRNO.EINTR!) return result;
  }
}

/** Takes a connection that waits. Returns minus the errno if there is none. */
export function accept(
  listener: number,
): { socket: Fd; peer: Uint8Array } | number {
  const peer = new Uint8Array(SOCKADDR_SIZE);
  const flags = O.NONBLOCK | O.CLOEXEC; // SOCK_NONBLOCK and SOCK_CLOEXEC
  const number = trySyscall("accept4", listener, peer, int(peer.length), flags);
  return number < 0 ? number : { socket: new Fd(number, "connection"), peer };
}

function int(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}
