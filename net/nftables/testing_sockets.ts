/**
 * Servers and clients in network namespaces, for tests of who reaches whom.
 *
 * @module
 */
import { SyscallError } from "../../sys/errors.ts";
import { type Fd, O } from "../../sys/fd.ts";
import {
  addressIn,
  encodeSocketAddress,
  openInet,
  SOCKADDR_SIZE,
  type Transport,
} from "../../sys/inet.ts";
import { accept, connectTo, receive, send } from "../../sys/inet_socket.ts";
import { words } from "../../sys/memory.ts";
import { syscall } from "../../sys/syscall.ts";
import {
  addressBytes,
  addressFromBytes,
  formatAddress,
  parseAddress,
} from "../address.ts";
import { inNetns, type NetnsRef } from "../netns.ts";

/** The protocols that are tried. */
export type Protocol = Exclude<Transport, "sctp">;

/** Where a client connects to. */
export interface Destination {
  readonly protocol: Protocol;
  /** An address. */
  readonly to: string;
  readonly port: number;
}

/** A connection to try. */
export interface Target extends Destination {
  /** How long to wait for a packet that may not come, in milliseconds. */
  readonly patience: number;
}

/** Whether something is there to be read, before patience ends. */
export function arrives({ number }: Fd, patience: number): boolean {
  // struct pollfd { int fd; short events; short revents; }
  const poll = new Uint8Array(Int32Array.of(number, 1).buffer);
  // struct timespec { long tv_sec; long tv_nsec; }
  const timeout = words(Math.floor(patience / 1000), patience % 1000 * 1e6);
  return syscall("ppoll", poll, 1, timeout, null, 0) === 1;
}

/** Listens in a namespace on a port of all addresses. */
export function listen(netns: NetnsRef, protocol: Protocol, port: number): Fd {
  const all = { address: new Uint8Array(16), port };
  const server = inNetns(netns, () => openInet(protocol, all, O.NONBLOCK));
  try {
    const bytes = encodeSocketAddress(all);
    syscall("bind", server.number, bytes, bytes.length);
    if (protocol === "tcp") syscall("listen", server.number, 16);
    return server;
  } catch (error) {
    server[Symbol.dispose]();
    throw error;
  }
}

/**
 * A client in a namespace, with a port of its own.
 *
 * @throws {SyscallError} where no way leads there
 */
export function connect(
  from: NetnsRef,
  { protocol, to, port }: Destination,
): Fd {
  const peer = { address: addressBytes(parseAddress(to)), port };
  return inNetns(from, () => connectTo(peer, protocol));
}

/**
 * Connects from a namespace, and returns whom the listener takes the client
 * for; undefined when it does not get there and back in time.
 */
export function reach(
  from: NetnsRef,
  listener: Fd,
  target: Target,
): string | undefined {
  using client = tryConnect(from, target);
  if (!client) return undefined;
  const { protocol, patience } = target;
  const byte = new Uint8Array(1);
  if (protocol === "udp") send(client.number, byte);
  if (!arrives(listener, patience)) return undefined;
  if (protocol === "tcp") {
    const accepted = accept(listener.number);
    if (typeof accepted === "number") return undefined;
    accepted.socket[Symbol.dispose]();
    return nameOf(accepted.peer);
  }
  const peer = new Uint8Array(SOCKADDR_SIZE);
  receive(listener.number, byte, peer);
  send(listener.number, byte, peer);
  return arrives(client, patience) ? nameOf(peer) : undefined;
}

function tryConnect(from: NetnsRef, target: Target): Fd | undefined {
  try {
    return connect(from, target);
  } catch (error) {
    if (error instanceof SyscallError) return undefined;
    throw error;
  }
}

/** The address of a peer. One of IPv4 is written as that. */
function nameOf(peer: Uint8Array): string {
  const text = formatAddress(addressFromBytes(addressIn(peer)));
  return text.replace("::ffff:", "");
}
