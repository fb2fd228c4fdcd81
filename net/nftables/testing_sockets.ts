/**
 * Servers and clients in network namespaces, for tests of who reaches whom.
 *
 * @module
 */
import { ERRNO } from "../../sys/errno.ts";
import { words } from "../../sys/memory.ts";
import { syscall, trySyscall } from "../../sys/syscall.ts";
import {
  type Address,
  addressBytes,
  addressFromBytes,
  formatAddress,
  parseAddress,
} from "../address.ts";
import { inNetns, type NetnsRef } from "../netns.ts";

/** Address families of sockets, from linux/socket.h. */
export const [AF_INET, AF_INET6] = [2, 10];

/** Whether something is there to be read, before patience ends. */
export function arrives(socket: number, patience: number): boolean {
  // struct pollfd { int fd; short events; short revents; }
  const poll = new Uint8Array(Int32Array.of(socket, 1).buffer);
  // struct timespec { long tv_sec; long tv_nsec; }
  const timeout = words(Math.floor(patience / 1000), patience % 1000 * 1e6);
  return syscall("ppoll", poll, 1, timeout, null, 0) === 1;
}

/** An address as connect(2) takes it, and its size. */
export function sockaddr(address: Address, port: number): [Uint8Array, number] {
  // struct sockaddr_in { u16 family; be16 port; be32 addr; u8 zero[8]; }
  // struct sockaddr_in6 { u16 family; be16 port; be32 flow; u8 addr[16];
  //   u32 scope; }
  const isFour = address.family === 4;
  const bytes = new Uint8Array(isFour ? 16 : 28);
  bytes[0] = isFour ? AF_INET : AF_INET6;
  bytes.set([port >> 8, port & 0xff], 2);
  bytes.set(addressBytes(address), isFour ? 4 : 8);
  return [bytes, bytes.length];
}

/** The address in a sockaddr_in6. One of IPv4 is written as that. */
export function addressIn(peer: Uint8Array): string {
  const text = formatAddress(addressFromBytes(peer.subarray(8, 24)));
  return text.replace("::ffff:", "");
}

const [SOCK_STREAM, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_CLOEXEC] = [
  1,
  2,
  0o4000,
  0o2000000,
];

/** The protocols that are tried. */
export type Protocol = "tcp" | "udp";

/** A connection to try. */
export interface Target {
  readonly protocol: Protocol;
  /** An address. */
  readonly to: string;
  readonly port: number;
  /** How long to wait for a packet that may not come, in milliseconds. */
  readonly patience: number;
}

/** A socket in a network namespace, which does not wait. */
export function openSocket(
  netns: NetnsRef,
  protocol: Protocol,
  family: number,
): number {
  const type = protocol === "tcp" ? SOCK_STREAM : SOCK_DGRAM;
  const flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
  return inNetns(netns, () => syscall("socket", family, type | flags, 0));
}

/** Listens in a namespace on a port of all addresses. */
export function listen(
  netns: NetnsRef,
  protocol: Protocol,
  port: number,
): number {
  const server = openSocket(netns, protocol, AF_INET6);
  syscall("bind", server, ...sockaddr(parseAddress("::"), port));
  if (protocol === "tcp") syscall("listen", server, 16);
  return server;
}

/**
 * Connects from a namespace, and returns whom the listener takes the client
 * for; undefined when it does not get there and back in time.
 */
export function reach(
  from: NetnsRef,
  listener: number,
  { protocol, to, port, patience }: Target,
): string | undefined {
  const address = parseAddress(to);
  const family = address.family === 4 ? AF_INET : AF_INET6;
  const client = openSocket(from, protocol, family);
  try {
    const started = trySyscall("connect", client, ...sockaddr(address, port));
    if (started < 0 && started !== -ERRNO.EINPROGRESS!) return undefined;
    const peer = new Uint8Array(28);
    const size = new Uint8Array(Uint32Array.of(peer.length).buffer);
    if (protocol === "tcp") {
      if (!arrives(listener, patience)) return undefined;
      syscall("close", syscall("accept4", listener, peer, size, SOCK_CLOEXEC));
      return addressIn(peer);
    }
    const byte = new Uint8Array(1);
    trySyscall("sendto", client, byte, 1, 0, null, 0);
    if (!arrives(listener, patience)) return undefined;
    syscall("recvfrom", listener, byte, 1, 0, peer, size);
    syscall("sendto", listener, byte, 1, 0, peer, peer.length);
    return arrives(client, patience) ? addressIn(peer) : undefined;
  } finally {
    syscall("close", client);
  }
}
