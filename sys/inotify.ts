/**
 * Being told when files change, as inotify(7).
 *
 * @module
 */
import { Fd, O, read } from "./fd.ts";
import { waitFor } from "./epoll.ts";
import { syscall } from "./syscall.ts";

/** What can happen, from linux/inotify.h; in a directory: to what is in it. */
export const IN = {
  MODIFY: 0x2,
  CREATE: 0x100,
  MOVED_FROM: 0x40,
  DELETE: 0x200,
  DELETE_SELF: 0x400,
  MOVE_SELF: 0x800,
} as const;

/** Changes of what is watched. */
export interface FileWatch extends Disposable {
  /** Resolves when there was one since the last time. */
  changed(): { done: Promise<void>; cancel(): void };
}

/**
 * Watches paths for `events`, flags of {@linkcode IN}.
 *
 * @throws {SyscallError} ENOENT when one is not there
 */
export function watchPaths(
  paths: readonly string[],
  events: number,
): FileWatch {
  const flags = O.CLOEXEC | O.NONBLOCK;
  const subject = paths.join(", ");
  const inotify = new Fd(syscall("inotify_init1", flags), subject);
  try {
    for (const path of paths) {
      syscall("inotify_add_watch", inotify.number, path, events);
    }
  } catch (error) {
    inotify[Symbol.dispose]();
    throw error;
  }
  const buffer = new Uint8Array(4096);
  return {
    changed() {
      const { events, cancel } = waitFor(inotify.number);
      return {
        done: events.then(() => void read(inotify.number, buffer)),
        cancel,
      };
    },
    [Symbol.dispose]: () => inotify[Symbol.dispose](),
  };
}
