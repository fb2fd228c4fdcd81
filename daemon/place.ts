/**
 * Where the daemon of a store is. No container can have this name, and lists
 * of containers leave it out:
 *
 *     ROOT/.daemon/lock    held by the daemon for as long as it lives; names
 *                          the network namespace that it serves
 *     ROOT/.daemon/socket  where it listens; see `protocol.ts`
 *     ROOT/.daemon/log     what it has to say, see `log.ts`
 *     ROOT/.daemon/booted  there once a daemon has started what ran before a boot
 *
 * Whoever starts a daemon takes the lock and makes the socket first, and hands
 * both over. So there is never a second one, and a connection can be made at
 * once: it waits until the daemon has come up, and breaks if that fails.
 *
 * @module
 */
import type { Store } from "../runtime/store.ts";
import { exists, lockAt, tryReadText } from "../sys/entry.ts";
import {
  AT_FDCWD,
  type Fd,
  O,
  open,
  tryLockExclusive,
  writeAll,
} from "../sys/fd.ts";
import { SyscallError } from "../sys/errors.ts";
import { listenUnix, tryConnectUnix } from "../sys/socket.ts";
import { syscall, trySyscall } from "../sys/syscall.ts";

/** The directory of the daemon of a store. */
export function daemonDirectory({ root }: Pick<Store, "root">): string {
  return `${root}/.daemon`;
}

/** What a daemon holds, and nobody else then has. */
export interface Hold extends Disposable {
  readonly lock: Fd;
  /** Listens; accepting does not wait. */
  readonly socket: Fd;
}

/**
 * Takes the place of a store's daemon; undefined when another has it.
 *
 * @throws {SyscallError} | {Deno.errors.PermissionDenied}
 */
export function tryHold(store: Pick<Store, "root">): Hold | undefined {
  const directory = daemonDirectory(store);
  Deno.mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = `${directory}/lock`;
  open(path, O.RDWR | O.CREAT)[Symbol.dispose]();
  const lock = lockAt(path, tryLockExclusive);
  if (!lock) return undefined;
  try {
    syscall("ftruncate", lock.number, 0);
    writeAll(lock.number, new TextEncoder().encode(ownNetns()));
    return holdOf(lock, inDirectory(directory, makeSocket));
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

/** What was taken, by its descriptors. */
export function holdOf(lock: Fd, socket: Fd): Hold {
  return {
    lock,
    socket,
    [Symbol.dispose]() {
      socket[Symbol.dispose]();
      lock[Symbol.dispose](); // last: who gets it may make the socket anew
    },
  };
}

function makeSocket(path: string): Fd {
  removeSocket(path); // of one that was killed
  return listenUnix(path);
}

/** Connects to a store's daemon; undefined when none listens. */
export function tryConnect(store: Pick<Store, "root">): Fd | undefined {
  try {
    return inDirectory(daemonDirectory(store), tryConnectUnix);
  } catch (error) {
    const none = error instanceof SyscallError && error.code === "ENOENT";
    if (!none) throw error;
    return undefined;
  }
}

/**
 * Whether the daemon that served the network namespace of the calling thread
 * was killed: one that ends takes its socket along.
 */
export function wasKilled(store: Pick<Store, "root">): boolean {
  const directory = daemonDirectory(store);
  if (!exists(`${directory}/socket`)) return false;
  using socket = tryConnect(store);
  return !socket && tryReadText(`${directory}/lock`) === ownNetns();
}

/** The network namespace of the calling thread, as its file names it. */
export function ownNetns(): string {
  return Deno.readLinkSync("/proc/thread-self/ns/net");
}

/** Removes the socket. The caller holds the lock. */
export function unlinkSocket(store: Pick<Store, "root">): void {
  inDirectory(daemonDirectory(store), removeSocket);
}

function removeSocket(path: string): void {
  trySyscall("unlinkat", AT_FDCWD, path, 0);
}

/** By way of a descriptor: the address of a socket has room for 107 bytes. */
function inDirectory<T>(directory: string, action: (path: string) => T): T {
  using opened = open(directory, O.PATH | O.DIRECTORY);
  return action(`/proc/self/fd/${opened.number}/socket`);
}

/** Whether lock and socket are the ones of that place, still. */
export interface Presence {
  isInPlace(): boolean;
}

/** Remembers what is there now. */
export function rememberPlace(store: Pick<Store, "root">): Presence {
  const directory = daemonDirectory(store);
  const look = () =>
    ["lock", "socket"].map((name) => identityOf(`${directory}/${name}`))
      .join(" ");
  const before = look();
  return { isInPlace: () => look() === before };
}

function identityOf(path: string): string {
  try {
    const { dev, ino } = Deno.lstatSync(path);
    return `${dev}:${ino}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "none";
    if (error instanceof Deno.errors.NotADirectory) return "none";
    throw error;
  }
}
