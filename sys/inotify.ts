/**
 * Being told when a file is written to, as inotify(7).
 *
 * @module
 */
import { Fd, O, read } from "./fd.ts";
import { waitFor } from "./epoll.ts";
import { syscall } from "./syscall.ts";

const IN_MODIFY = 2;

/** Changes of one file's content. */
export interface FileWatch extends Disposable {
  /** Resolves when the file was written to since the last time. */
  changed(): { done: Promise<void>; cancel(): void };
}

/** Watches a file for writes. */
export function watchFile(path: string): FileWatch {
  const flags = O.CLOEXEC | O.NONBLOCK;
  const inotify = new Fd(syscall("inotify_init1", flags), path);
  syscall("inotify_add_watch", inotify.number, path, IN_MODIFY);
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
