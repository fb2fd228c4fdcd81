/**
 * Doing many things, a few at a time.
 *
 * @module
 */

/** Has `most` of the actions it is given done at once; the others wait. */
export class Queue {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #active = 0;

  /** For `most` at once. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Does `action` once it is its turn, and returns what it does. */
  async run<T>(action: () => Promise<T>): Promise<T> {
    if (this.#active === this.#most) {
      await new Promise<void>((turn) => this.#waiting.push(turn));
    } else {
      this.#active++;
    }
    try {
      return await action();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#active--;
    }
  }
}
