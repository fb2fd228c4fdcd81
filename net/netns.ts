/**
 * Network namespaces, entered for a moment.
 *
 * @module
 */
import { SyscallError } from "../sys/errors.ts";
import { Fd, open } from "../sys/fd.ts";
import { syscall, trySyscall } from "../sys/syscall.ts";

const CLONE_NEWNET = 0x40000000; // from linux/sched.h

/**
 * Which namespace is meant: the path of its file, the pid of a process in it,
 * or a descriptor of either (of a process: a pidfd, which cannot come to mean
 * another one).
 */
export type NetnsRef = string | number | Fd;

/** The file of the namespace that a process is in. */
export function netnsPath(pid: number): string {
  return `/proc/${pid}/ns/net`;
}

/**
 * Runs `action` inside a network namespace and returns what it does. Sockets
 * opened there stay there.
 *
 * `action` is synchronous because a namespace belongs to a thread: during an
 * await, unrelated work would run inside it.
 *
 * @throws {SyscallError} ENOENT when there is no such namespace
 * @throws {TypeError} when `action` returns a promise
 */
export function inNetns<T>(netns: NetnsRef, action: () => T): T {
  using home = open("/proc/thread-self/ns/net");
  using opened = netns instanceof Fd ? undefined : openNetns(netns);
  const there = opened ?? netns as Fd;
  enter(there);
  try {
    const result = action();
    if (result instanceof Promise) {
      throw new TypeError(
        "cannot await in another network namespace: the thread leaves it " +
          "as soon as the action returns",
      );
    }
    return result;
  } finally {
    enter(home);
  }
}

/**
 * Makes a network namespace with nothing in it but `lo`. It lives as long as
 * the descriptor, or as long as a process or a socket is in it.
 */
export function newNetns(): Fd {
  using home = open("/proc/thread-self/ns/net");
  syscall("unshare", CLONE_NEWNET);
  try {
    return open("/proc/thread-self/ns/net");
  } finally {
    enter(home);
  }
}

/** Opens a namespace's file, to hold the namespace or to send a link there. */
export function openNetns(netns: string | number): Fd {
  return open(typeof netns === "number" ? netnsPath(netns) : netns);
}

function enter({ number, path }: Fd): void {
  const result = trySyscall("setns", number, CLONE_NEWNET);
  if (result === 0) return;
  throw new SyscallError("enter the network namespace", path, -result);
}
