/**
 * Unix sockets over which descriptors travel, as unix(7) has it.
 *
 * @module
 */
import { ERRNO } from "./errno.ts";
import { SyscallError } from "./errors.ts";
import { Fd } from "./fd.ts";
import { addressOf, words } from "./memory.ts";
import { syscall, trySyscall } from "./syscall.ts";

const [AF_UNIX, SOCK_STREAM, SOCK_CLOEXEC] = [1, 1, 0o2000000];

/** sizeof(struct sockaddr_un.sun_path), its NUL included. */
const SUN_PATH = 108;

/**
 * Connects to the socket at `path`.
 *
 * @throws {SyscallError} ENAMETOOLONG where a path does not fit an address
 */
export function connectUnix(path: string): Fd {
  const name = new TextEncoder().encode(path);
  if (name.length >= SUN_PATH) {
    throw new SyscallError("connect to", path, ERRNO.ENAMETOOLONG!);
  }
  const address = new Uint8Array(2 + SUN_PATH);
  address[0] = AF_UNIX;
  address.set(name, 2);
  const type = SOCK_STREAM | SOCK_CLOEXEC;
  const socket = new Fd(syscall("socket", AF_UNIX, type, 0), path);
  const result = trySyscall("connect", socket.number, address, address.length);
  if (result === 0) return socket;
  socket[Symbol.dispose]();
  throw new SyscallError("connect to", path, -result);
}

/** Two sockets that are connected with each other. */
export function socketPair(): [Fd, Fd] {
  const ends = new Int32Array(2);
  const type = SOCK_STREAM | SOCK_CLOEXEC;
  syscall("socketpair", AF_UNIX, type, 0, new Uint8Array(ends.buffer));
  return [new Fd(ends[0]!, "socket"), new Fd(ends[1]!, "socket")];
}

/**
 * Receives one descriptor. Undefined when the other end closed without
 * sending one.
 *
 * @throws {SyscallError}
 */
export function receiveDescriptor(socket: Fd, path: string): Fd | undefined {
  const data = new Uint8Array(4096);
  const iovec = words(addressOf(data), data.length);
  const control = new Uint8Array(24); // struct cmsghdr, one int, padding
  // struct msghdr: name, its length, iovec, their number, control, length
  const message = words(
    0,
    0,
    addressOf(iovec),
    1,
    addressOf(control),
    control.length,
    0,
  );
  const MSG_CMSG_CLOEXEC = 0x40000000;
  syscall("recvmsg", socket.number, message, MSG_CMSG_CLOEXEC);
  const view = new DataView(control.buffer);
  const [length, SCM_RIGHTS] = [Number(view.getBigUint64(0, true)), 1];
  if (length < 20 || view.getInt32(12, true) !== SCM_RIGHTS) return undefined;
  return new Fd(view.getInt32(16, true), path);
}
