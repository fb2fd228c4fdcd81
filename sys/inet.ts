/**
 * Internet sockets that hold a port, as ip(7), tcp(7) and udp(7) have them.
 *
 * @module
 */
import { SyscallError } from "./errors.ts";
import { Fd } from "./fd.ts";
import { setOption } from "./socket.ts";
import { syscall, trySyscall } from "./syscall.ts";

/** Where a socket is bound. */
export interface SocketAddress {
  /** 4 bytes of IPv4, 16 of IPv6, in network order. */
  readonly address: Uint8Array;
  /** 0 for one that the kernel chooses. */
  readonly port: number;
  /** The index of the link that a link-local address of IPv6 is on. */
  readonly scope?: number;
}

/** sizeof(struct sockaddr_in6): room for an address of either version. */
export const SOCKADDR_SIZE = 28;

/** What is spoken over a port. */
export type Transport = "tcp" | "udp" | "sctp";

const [AF_INET, AF_INET6, SOCK_CLOEXEC] = [2, 10, 0o2000000];

/** Socket types and protocols, from linux/net.h and linux/in.h. */
const TYPES: Readonly<Record<Transport, [type: number, protocol: number]>> = {
  tcp: [1, 6],
  udp: [2, 17],
  sctp: [1, 132],
};

/** Levels and options of setsockopt(2). */
const [SOL_SOCKET, SO_REUSEADDR] = [1, 2];
const [IPPROTO_IPV6, IPV6_V6ONLY] = [41, 26];
const SHUT_RD = 0;

/**
 * A socket that keeps a port from everybody else and takes no connection and,
 * for the few that come meanwhile, no more than the kernel's own answer.
 *
 * A TCP socket with a port of its own choice listens for a moment: with
 * SO_REUSEADDR it overlooks connections that have ended and still occupy the
 * port (TIME_WAIT), and having listened, it shares the port with nobody. (One
 * that the kernel chose is free, and would be given back by the shutdown.)
 *
 * @throws {SyscallError} EADDRINUSE when somebody has the port; EADDRNOTAVAIL
 * when the address is not the host's; EPROTONOSUPPORT without the protocol
 */
export function holdPort(transport: Transport, at: SocketAddress): Fd {
  const socket = openInet(transport, at);
  const { number, path } = socket;
  const keep = (result: number, verb = "keep") => {
    if (result < 0) throw new SyscallError(verb, path, -result);
  };
  try {
    if (isV6(at)) keep(setOption(number, IPPROTO_IPV6, IPV6_V6ONLY, 1));
    const listens = transport === "tcp" && at.port !== 0;
    if (listens) keep(setOption(number, SOL_SOCKET, SO_REUSEADDR, 1));
    const bytes = encodeSocketAddress(at);
    keep(trySyscall("bind", number, bytes, bytes.length), "bind to");
    if (listens) {
      keep(trySyscall("listen", number, 0), "listen on");
      keep(trySyscall("shutdown", number, SHUT_RD));
      keep(setOption(number, SOL_SOCKET, SO_REUSEADDR, 0));
    }
    return socket;
  } catch (error) {
    socket[Symbol.dispose]();
    throw error;
  }
}

/** Opens a socket of the IP version of an address. */
export function openInet(
  transport: Transport,
  at: SocketAddress,
  flags = 0,
): Fd {
  const [type, protocol] = TYPES[transport];
  const number = syscall(
    "socket",
    isV6(at) ? AF_INET6 : AF_INET,
    type | SOCK_CLOEXEC | flags,
    protocol,
  );
  return new Fd(number, `port ${at.port}/${transport}`);
}

/** The port a socket is bound to. */
export function portOf(socket: Fd): number {
  const bytes = new Uint8Array(SOCKADDR_SIZE);
  const length = new Uint8Array(Int32Array.of(bytes.length).buffer);
  syscall("getsockname", socket.number, bytes, length);
  return bytes[2]! << 8 | bytes[3]!;
}

/** struct sockaddr_in { u16 family, port; u8 addr[4]; }, or that of IPv6 */
export function encodeSocketAddress(at: SocketAddress): Uint8Array {
  const { address, port, scope = 0 } = at;
  const bytes = new Uint8Array(isV6(at) ? SOCKADDR_SIZE : 16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, isV6(at) ? AF_INET6 : AF_INET, true);
  view.setUint16(2, port);
  bytes.set(address, isV6(at) ? 8 : 4); // IPv6 has flowinfo before
  if (isV6(at)) view.setUint32(24, scope, true);
  return bytes;
}

/** The bytes of the address in what the kernel has written. */
export function addressIn(bytes: Uint8Array): Uint8Array {
  return bytes[0] === AF_INET ? bytes.slice(4, 8) : bytes.slice(8, 24);
}

function isV6({ address }: SocketAddress): boolean {
  return address.length === 16;
}
