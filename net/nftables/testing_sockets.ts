/**
 * Addresses of sockets as the kernel has them, and waiting for datagrams, for
 * tests.
 *
 * @module
 */
import { words } from "../../sys/memory.ts";
import { syscall } from "../../sys/syscall.ts";
import {
  type Address,
  addressBytes,
  addressFromBytes,
  formatAddress,
} from "../address.ts";

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
