/**
 * Things to be done later, any number of them, with one timer: that of the next.
 *
 * @module
 */
import { startTimer, type Timer } from "./timer.ts";

interface Entry {
  /** By the clock that never jumps, in milliseconds. */
  readonly due: number;
  readonly act: () => void;
}

/** What is to be done, and when. Disposing of it drops all of it. */
export class Agenda implements Disposable {
  readonly #entries = new Set<Entry>();
  /** Of the next entry, if not of one that was dropped; there is none in a run. */
  #timer: { readonly due: number; readonly timer: Timer } | undefined;
  #running = false;

  /**
   * Has `act` called after `ms` milliseconds, once. Disposing of what is
   * returned drops it, and does nothing later.
   */
  after(ms: number, act: () => void): Disposable {
    const due = performance.now() + Math.max(0, ms);
    const entry = { due, act };
    this.#entries.add(entry);
    if (!this.#running) this.#arm(due);
    return { [Symbol.dispose]: () => void this.#entries.delete(entry) };
  }

  /** An entry that is dropped leaves the timer, which then finds nothing due. */
  #arm(due: number): void {
    if (due === Infinity || (this.#timer?.due ?? Infinity) <= due) return;
    this.#timer?.timer[Symbol.dispose]();
    const timer = startTimer(Math.max(0, due - performance.now()));
    const armed = this.#timer = { due, timer };
    timer.over.then(() => {
      if (this.#timer === armed) this.#run();
    });
  }

  #run(): void {
    this.#timer = undefined;
    const now = performance.now();
    const due = [...this.#entries].filter(({ due }) => due <= now);
    this.#running = true;
    try {
      for (const entry of due.toSorted((a, b) => a.due - b.due)) {
        // One before it may have dropped it.
        if (this.#entries.delete(entry)) entry.act();
      }
    } finally {
      this.#running = false;
      let next = Infinity;
      for (const { due } of this.#entries) next = Math.min(next, due);
      this.#arm(next);
    }
  }

  /** Nothing more is done. */
  [Symbol.dispose](): void {
    this.#entries.clear();
    this.#timer?.timer[Symbol.dispose]();
    this.#timer = undefined;
  }
}
