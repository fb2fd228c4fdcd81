/**
 * Where the parser of a template is, and which variables are known there.
 *
 * @module
 */
import { syntaxMistake } from "./mistake.ts";
import type { Token } from "./scan.ts";
import type { Variable } from "./syntax.ts";

/** How deep blocks, their lists, and parentheses may stand in each other. */
const MAX_DEPTH = 100;

/** Tokens, taken one after the other. */
export class Reader {
  /** Those in sight; of two with one name the last is meant. */
  #variables: Variable[] = [{ kind: "variable", name: "$", slot: 0 }];
  #slots = 1;
  #next = 0;
  #depth = 0;

  constructor(readonly tokens: readonly Token[]) {}

  /** How many variables there have been. */
  get slots(): number {
    return this.#slots;
  }

  /** The next token, or one behind it. The last one is never passed. */
  peek(ahead = 0): Token {
    return this.tokens[Math.min(this.#next + ahead, this.tokens.length - 1)]!;
  }

  /** Takes tokens, and returns the first. */
  take(count = 1): Token {
    const token = this.peek();
    this.#next += count;
    return token;
  }

  /** Whether a token is one of these signs. */
  isSymbol(texts: readonly string[], ahead = 0): boolean {
    const { kind, text } = this.peek(ahead);
    return kind === "symbol" && texts.includes(text);
  }

  /** Takes the `}}` that ends an action. */
  close(): void {
    const token = this.take();
    if (token.kind !== "close") throw this.unexpected(token);
  }

  /** The mistake of a token that is not allowed where it stands. */
  unexpected({ kind, text, at }: Token): Error {
    return syntaxMistake(
      at,
      kind === "close" ? "a value is missing" : `unexpected ${text}`,
    );
  }

  /** Makes a variable known, and returns its slot. */
  declare({ text: name }: Token): number {
    const slot = this.#slots++;
    this.#variables.push({ kind: "variable", name, slot });
    return slot;
  }

  /** The variable a token names. */
  variable({ text: name, at }: Token): Variable {
    const known = this.#variables.findLast((known) => known.name === name);
    if (!known) throw syntaxMistake(at, `there is no variable ${name}`);
    return known;
  }

  /** Reads what is one level deeper; its variables end with it. */
  within<T>(read: () => T): T {
    if (++this.#depth > MAX_DEPTH) {
      throw syntaxMistake(this.peek().at, "too many levels in each other");
    }
    const known = this.#variables.length;
    const value = read();
    this.#variables.length = known;
    this.#depth--;
    return value;
  }
}
