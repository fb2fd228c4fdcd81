/**
 * Unix sockets, as unix(7) has them: descriptors travel over them, and
 * processes find each other by their paths. And what all sockets have.
 *
 * @module
 */
import { ERRNO } from "./errno.ts";
import { SyscallError } from "./errors.ts";
import { AT_FDCWD, Fd } from "./fd.ts";
import { addressOf, words } from "./memory.ts";
import { syscall, trySyscall } from "./syscall.ts";

const [AF_UNIX, SOCK_STREAM, SOCK_CLOEXEC] = [1, 1, 0o2000000];
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;

/** sizeof(struct sockaddr_un.sun_path), its NUL included. */
const SUN_PATH = 108;

/**
 * Connects to the socket at `path`.
 *
 * @throws {SyscallError} ENAMETOOLONG where a path does not fit an address
 */
export function connectUnix(path: string): Fd {
  const address = unixAddress("connect to", path);
  const type = SOCK_STREAM | SOCK_CLOEXEC;
  const socket = new Fd(syscall("socket", AF_UNIX, type, 0), path);
  const result = trySyscall("connect", socket.number, address, address.length);
  if (result === 0) return socket;
  socket[Symbol.dispose]();
  throw new SyscallError("connect to", path, -result);
}

/** What connect(2) says where nobody listens, or too many wait already. */
const NOBODY = new Set(
  ["ENOENT", "ECONNREFUSED", "EAGAIN", "ENOTDIR"].map((name) => -ERRNO[name]!),
);

/**
 * Connects to the socket at `path` without waiting; undefined where nobody
 * takes the connection. Reads and writes do not wait either.
 *
 * @throws {SyscallError}
 */
export function tryConnectUnix(path: string): Fd | undefined {
  const address = unixAddress("connect to", path);
  const type = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
  const socket = new Fd(syscall("socket", AF_UNIX, type, 0), path);
  const result = trySyscall("connect", socket.number, address, address.length);
  if (result === 0) return socket;
  socket[Symbol.dispose]();
  if (NOBODY.has(result)) return undefined;
  throw new SyscallError("connect to", path, -result);
}

/**
 * Makes a socket at `path`, mode 0600, and listens; accepting does not wait.
 *
 * @throws {SyscallError} EADDRINUSE when something is there
 */
export function listenUnix(path: string): Fd {
  const address = unixAddress("listen at", path);
  const type = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
  const socket = new Fd(syscall("socket", AF_UNIX, type, 0), path);
  try {
    const { number } = socket;
    const result = trySyscall("bind", number, address, address.length);
    if (result < 0) throw new SyscallError("listen at", path, -result);
    syscall("fchmodat", AT_FDCWD, path, 0o600);
    const SOMAXCONN = 4096;
    syscall("listen", number, SOMAXCONN);
    return socket;
  } catch (error) {
    socket[Symbol.dispose]();
    throw error;
  }
}

/**
 * The next connection; undefined when none waits, or its other end has gone
 * already. Reads and writes do not wait.
 *
 * @throws {SyscallError} EMFILE when no more descriptors may be open
 */
export function acceptUnix(socket: Fd): Fd | undefined {
  const flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
  const result = trySyscall("accept4", socket.number, null, null, flags);
  if (result >= 0) return new Fd(result, socket.path);
  const none = ["EAGAIN", "ECONNABORTED", "EINTR"].map((name) => ERRNO[name]);
  if (none.includes(-result)) return undefined;
  throw new SyscallError("accept at", socket.path, -result);
}

/**
 * Sends a datagram to the socket at `path`, or, where that begins with `@`, to
 * the one of that name in no directory.
 *
 * @throws {SyscallError}
 */
export function sendUnix(path: string, text: string): void {
  const named = unixAddress("send to", path);
  const length = 2 + new TextEncoder().encode(path).length;
  const abstract = path.startsWith("@");
  if (abstract) named[2] = 0;
  // The name of one in a directory ends with its NUL, the other's with itself.
  const address = named.slice(0, abstract ? length : length + 1);
  const type = SOCK_DGRAM | SOCK_CLOEXEC;
  using socket = new Fd(syscall("socket", AF_UNIX, type, 0), path);
  const bytes = new TextEncoder().encode(text);
  const result = trySyscall(
    "sendto",
    ...[socket.number, bytes, bytes.length, 0, address, address.length],
  );
  if (result < 0) throw new SyscallError("send to", path, -result);
}

/** struct sockaddr_un */
function unixAddress(action: string, path: string): Uint8Array {
  const name = new TextEncoder().encode(path);
  if (name.length >= SUN_PATH) {
    throw new SyscallError(action, path, ERRNO.ENAMETOOLONG!);
  }
  const address = new Uint8Array(2 + SUN_PATH);
  address[0] = AF_UNIX;
  address.set(name, 2);
  return address;
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

/** setsockopt(2) with an int; returns minus the errno. */
export function setOption(
  socket: number,
  level: number,
  option: number,
  value: number,
): number {
  const int = new Uint8Array(Int32Array.of(value).buffer);
  return trySyscall("setsockopt", socket, level, option, int, int.length);
}
