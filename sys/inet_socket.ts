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
import { setOption } from "./socket.ts";
import { syscall, trySyscall } from "./syscall.ts";

/** Where a socket is, or whom it speaks to. */
export interface Endpoint {
  /** 4 or 16 bytes in network order. */
  readonly bytes: Uint8Array;
  readonly port: number;
  /** The index of the link that a link-local address of IPv6 is on. */
  readonly scope?: number;
}

/** How data travels. */
export type Transport = "udp" | "tcp";

/** sizeof(struct sockaddr_in6): room for an address of either version. */
export const SOCKADDR_SIZE = 28;

const [AF_INET, AF_INET6] = [2, 10]; // linux/socket.h
const SOCK = { tcp: 1, udp: 2 } as const; // SOCK_STREAM, SOCK_DGRAM
const [SOL_IP, SOL_SOCKET, SOL_IPV6] = [0, 1, 41];
const SO = { REUSEADDR: 2, BINDTODEVICE: 25 } as const;
const IP_FREEBIND = 15; // linux/in.h
const IPV6 = { V6ONLY: 26, FREEBIND: 78 } as const; // linux/in6.h
const [MSG_DONTWAIT, MSG_NOSIGNAL] = [0x40, 0x4000];
const BACKLOG = 64;

/** What recvfrom(2) is told of a buffer, and tells. */
const size = new Int32Array(1);
const sizeBytes = new Uint8Array(size.buffer);

/** An endpoint as the kernel takes it. */
export function encodeEndpoint(endpoint: Endpoint): Uint8Array {
  // struct sockaddr_in { u16 family; be16 port; be32 addr; u8 zero[8]; }
  // struct sockaddr_in6 { u16 family; be16 port; be32 flow; u8 addr[16];
  //   u32 scope; }
  const { bytes, port, scope = 0 } = endpoint;
  const isFour = bytes.length === 4;
  const sockaddr = new Uint8Array(isFour ? 16 : SOCKADDR_SIZE);
  const view = new DataView(sockaddr.buffer);
  view.setUint16(0, isFour ? AF_INET : AF_INET6, true);
  view.setUint16(2, port);
  sockaddr.set(bytes, isFour ? 4 : 8);
  if (!isFour) view.setUint32(24, scope, true);
  return sockaddr;
}

/** The bytes of the address that the kernel has written. */
export function addressIn(sockaddr: Uint8Array): Uint8Array {
  return sockaddr[0] === AF_INET ? sockaddr.slice(4, 8) : sockaddr.slice(8, 24);
}

/**
 * Opens a socket at `endpoint` that hears nothing but what comes in by one link,
 * if `device` names one. The address may be there later than the socket: one of
 * IPv6 is not usable until the link is up and nobody else was found to have it.
 *
 * @throws {SyscallError} EADDRINUSE when another socket has the port, ENODEV
 * when there is no such link
 */
export function listenAt(
  endpoint: Endpoint,
  transport: Transport,
  device?: string,
): Fd {
  const isFour = endpoint.bytes.length === 4;
  const socket = openSocket(isFour, transport);
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
    if (isFour) setOption(number, SOL_IP, IP_FREEBIND, 1);
    else {
      setOption(number, SOL_IPV6, IPV6.V6ONLY, 1);
      setOption(number, SOL_IPV6, IPV6.FREEBIND, 1);
    }
    // Connections that have ended keep the port for a minute; on UDP it would
    // let two servers share one.
    if (transport === "tcp") setOption(number, SOL_SOCKET, SO.REUSEADDR, 1);
    const sockaddr = encodeEndpoint(endpoint);
    syscall("bind", number, sockaddr, sockaddr.length);
    if (transport === "tcp") syscall("listen", number, BACKLOG);
    return socket;
  } catch (error) {
    socket[Symbol.dispose]();
    throw error;
  }
}

/**
 * Opens a socket that hears from `endpoint` alone, at a port the kernel picks.
 * One of TCP can be written to once it is connected, or that has failed.
 *
 * @throws {SyscallError} ENETUNREACH, EMFILE …
 */
export function connectTo(endpoint: Endpoint, transport: Transport): Fd {
  const socket = openSocket(endpoint.bytes.length === 4, transport);
  const sockaddr = encodeEndpoint(endpoint);
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
  using socket = openSocket(true, "udp");
  const result = trySyscall("ioctl", socket.number, SIOCGIFINDEX, request);
  return result < 0 ? 0 : new DataView(request.buffer).getInt32(16, true);
}

/** The port a socket is bound to. */
export function portOf(socket: number): number {
  const sockaddr = new Uint8Array(SOCKADDR_SIZE);
  syscall("getsockname", socket, sockaddr, int(sockaddr.length));
  return new DataView(sockaddr.buffer).getUint16(2);
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

function openSocket(isFour: boolean, transport: Transport): Fd {
  const family = isFour ? AF_INET : AF_INET6;
  const type = SOCK[transport] | O.NONBLOCK | O.CLOEXEC;
  return new Fd(syscall("socket", family, type, 0), transport);
}

function int(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}
