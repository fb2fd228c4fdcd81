/**
 * Calling off what goes on for long.
 *
 * @module
 */

/**
 * A way to have somebody stop who waits for other things again and again: a
 * race with one promise would keep something of every round until it resolves.
 */
export class Stop {
  /** Resolves when it is called. */
  readonly done: Promise<void>;
  readonly #resolve: () => void;
  #called = false;
  #wake: (() => void) | undefined;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.done = promise;
    this.#resolve = resolve;
  }

  /** Whether it was called. */
  get called(): boolean {
    return this.#called;
  }

  /** Calls it off. */
  call(): void {
    this.#called = true;
    this.#resolve();
    this.#wake?.();
  }

  /** Waits for `event`, or to be called off. One waits at a time. */
  async or(event: Promise<unknown>): Promise<void> {
    if (this.#called) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    event.then(() => resolve());
    await promise;
  }
}
