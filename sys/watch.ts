/**
 * Waiting for one descriptor for as long as something goes on: with an end by
 * time, and an end by being closed.
 *
 * @module
 */
import { waitFor } from "./epoll.ts";

/** The waits for a descriptor, one after the other. Disposing ends them. */
export class Watch implements Disposable {
  #end: ((came: boolean) => void) | undefined;
  #open = true;

  /** Watches a descriptor that stays open until this is disposed of. */
  constructor(
    /** As system calls take it. */
    readonly fd: number,
  ) {}

  /**
   * Waits until one of `events` is true, or an error is. Returns false when
   * time is over, or when this is disposed of. With no events it is a pause.
   *
   * @param until As `performance.now()` tells time.
   */
  ready(events: number, until = Infinity): Promise<boolean> {
    const left = until - performance.now();
    if (!this.#open || left <= 0) return Promise.resolve(false);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const wait = waitFor(this.fd, events);
    const timer = left === Infinity
      ? undefined
      : setTimeout(() => this.#end?.(false), left);
    this.#end = (came) => {
      this.#end = undefined;
      clearTimeout(timer);
      if (!came) wait.cancel();
      resolve(came);
    };
    wait.events.then(() => this.#end?.(true));
    return promise;
  }

  /** Ends a wait, and every later one at once. */
  [Symbol.dispose](): void {
    this.#open = false;
    this.#end?.(false);
  }
}
