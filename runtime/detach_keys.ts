/**
 * The keys that leave a terminal without ending what runs there.
 *
 * @module
 */

/** Keys as bytes, in the order in which they are typed; none for never. */
export type DetachKeys = readonly number[];

/** Ctrl-P Ctrl-Q, as docker has it. */
export const DEFAULT_DETACH_KEYS: DetachKeys = [0x10, 0x11];

/** What Ctrl makes of these, in the order of their bytes from 0. */
const WITH_CTRL = "@abcdefghijklmnopqrstuvwxyz[\\]^_";
const DELETE = 0x7f;

/**
 * Reads keys in docker's words: `a` or `ctrl-a` for each, with commas between
 * them. An empty text is no keys.
 *
 * @throws {Error} that says which one is wrong, and what is allowed
 */
export function parseDetachKeys(text: string): DetachKeys {
  return text === "" ? [] : text.split(",").map(keyOf);
}

function keyOf(text: string): number {
  if (/^[!-~]$/.test(text)) return text.charCodeAt(0);
  if (text === "DEL") return DELETE;
  const [, letter] = /^ctrl-(.)$/.exec(text) ?? [];
  const byte = letter === undefined ? -1 : WITH_CTRL.indexOf(letter);
  if (byte >= 0) return byte;
  throw new Error(
    `"${text}" is no key; use a character, DEL, or ctrl- with a letter or one ` +
      "of @ [ \\ ] ^ _, and commas between keys",
  );
}

/** Keys on their way into a terminal, until those to detach are among them. */
export class Keys {
  readonly #sequence: DetachKeys;
  /** How many keys of the sequence were typed, and are held back. */
  #held = 0;

  /** Looks out for one sequence. */
  constructor(sequence: DetachKeys) {
    this.#sequence = sequence;
  }

  /** What to pass on of what was typed, and whether to detach. */
  push(typed: Uint8Array): { keys: Uint8Array; detach: boolean } {
    const [first] = this.#sequence;
    if (this.#held === 0 && (first === undefined || !typed.includes(first))) {
      return { keys: typed, detach: false };
    }
    const keys: number[] = [];
    for (const key of typed) {
      this.#advance(key, keys);
      if (this.#held > 0 && this.#held === this.#sequence.length) {
        return { keys: Uint8Array.from(keys), detach: true };
      }
    }
    return { keys: Uint8Array.from(keys), detach: false };
  }

  /** Holds `key`, or passes on what can be no part of the sequence any more. */
  #advance(key: number, passed: number[]): void {
    const pending = [...this.#sequence.slice(0, this.#held), key];
    const beginsWith = (keys: readonly number[]) =>
      keys.every((key, index) => key === this.#sequence[index]);
    let at = 0;
    while (!beginsWith(pending.slice(at))) at++;
    passed.push(...pending.slice(0, at));
    this.#held = pending.length - at;
  }
}
