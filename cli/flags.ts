/**
 * Flags: how a command declares them, and how a command line is read by them.
 *
 * type-flag converts and types the values. What it leaves open is settled
 * before it looks: where the flags end, and which word is a flag's value. The
 * rule is getopt's: the rest of the word, or else the next word, whatever it
 * looks like, so `--memory-swap -1`, `-eA=1` and `-itw /srv` mean what they say.
 *
 * @module
 */
import { type TypeFlag, typeFlag } from "type-flag";
import { UsageError } from "./usage.ts";
import type { Parser } from "./values.ts";

/** One flag. An array around the type says that it may be repeated. */
export interface Flag {
  /** `Boolean` for a switch, else what turns the value's text into a value. */
  readonly type:
    | BooleanConstructor
    | Parser<unknown>
    | readonly [Parser<unknown>];
  /** The one-letter form, without its dash. */
  readonly alias?: string;
  /** What stands for the value in help, such as `KEY=VALUE`. */
  readonly value?: string;
  /** One line of help, without a full stop. */
  readonly help: string;
}

/** Flags by their names in camelCase; users write them in kebab-case. */
export type FlagTable = Readonly<Record<string, Flag>>;

/** What the flags of a table are worth: undefined, or `[]`, where not given. */
export type FlagValues<F extends FlagTable> = {
  [K in keyof F]: F[K]["type"] extends BooleanConstructor ? boolean | undefined
    : F[K]["type"] extends readonly [Parser<infer T>] ? T[]
    : F[K]["type"] extends Parser<infer T> ? T | undefined
    : never;
};

/** A command line taken apart. */
export interface Parsed<F extends FlagTable> {
  readonly flags: FlagValues<F>;
  /** The words that are neither flags nor their values, in order. */
  readonly operands: readonly string[];
}

/**
 * Reads `words` by `table`. `--` ends the flags, and so does the first operand
 * where `stopAtOperand` says so.
 *
 * @throws {UsageError} on an unknown flag, a missing value or a wrong one.
 */
export function parseFlags<F extends FlagTable>(
  table: F,
  words: readonly string[],
  { stopAtOperand }: { stopAtOperand: boolean },
): Parsed<F> {
  const { flagWords, used, operands } = split(table, words, stopAtOperand);
  const flags = Object.fromEntries(
    Object.entries(table).flatMap(([key, { type }]) =>
      Array.isArray(type) ? [[key, []]] : []
    ),
  );
  if (flagWords.length > 0) {
    // A schema takes time to make, and of many flags few are used.
    const schemas = Object.fromEntries(
      [...used].map((key) => [key, schemaOf(key, table[key]!)]),
    );
    Object.assign(flags, (typeFlag(schemas, flagWords) as TypeFlag).flags);
  }
  return { flags: flags as FlagValues<F>, operands };
}

/** `values` without those that are undefined: options as libraries take them. */
export function given<T extends object>(values: T): Given<T> {
  const entries = Object.entries(values).filter(([, v]) => v !== undefined);
  return Object.fromEntries(entries) as Given<T>;
}

/** `T` with what may be undefined made what may be absent. */
export type Given<T> =
  & { [K in keyof T as undefined extends T[K] ? never : K]: T[K] }
  & {
    [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<
      T[K],
      undefined
    >;
  };

/** `noPivot` → `no-pivot` */
export function kebab(key: string): string {
  return key.replaceAll(/\B[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}

/** `--no-pivot` → `noPivot` */
function camel(name: string): string {
  return name.slice(2).replace(/-(.)/g, (_, letter) => letter.toUpperCase());
}

/** `--env`, the way messages and help name the flag `env`. */
export function long(key: string): string {
  return `--${kebab(key)}`;
}

/** Separates flags from operands, and joins each flag with its value by `=`. */
function split(
  table: FlagTable,
  words: readonly string[],
  stopAtOperand: boolean,
): { flagWords: string[]; used: Set<string>; operands: string[] } {
  const flagWords: string[] = [];
  const used = new Set<string>();
  const operands: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === "--") {
      operands.push(...words.slice(i + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      operands.push(word);
      if (!stopAtOperand) continue;
      operands.push(...words.slice(i + 1));
      break;
    }
    const read = word.startsWith("--")
      ? readLong(table, word)
      : readCluster(table, word);
    for (const key of read.keys) used.add(key);
    if (!read.open) {
      flagWords.push(read.word);
      continue;
    }
    const value = words[++i];
    if (value === undefined) {
      const label = table[read.keys.at(-1)!]!.value ?? "VALUE";
      throw new UsageError(
        `${read.open} needs a value: ${read.open} ${label}`,
      );
    }
    flagWords.push(`${read.word}=${value}`);
  }
  return { flagWords, used, operands };
}

/** One word of flags. */
interface FlagWord {
  readonly word: string;
  /** The flags in it, by their names in the table. */
  readonly keys: readonly string[];
  /** The last of them as it is written, if its value is the next word. */
  readonly open?: string;
}

/** Reads `--flag` or `--flag=value`. */
function readLong(table: FlagTable, word: string): FlagWord {
  const equals = word.indexOf("=");
  const name = equals === -1 ? word : word.slice(0, equals);
  const key = camel(name);
  if (!Object.hasOwn(table, key) || long(key) !== name) {
    throw unknownFlag(table, name);
  }
  const keys = [key];
  if (table[key]!.type !== Boolean) {
    return equals === -1 ? { word, keys, open: name } : { word, keys };
  }
  if (equals !== -1 && !/=(true|false)$/.test(word)) {
    throw new UsageError(
      `${word}: ${name} is a switch, its value can be only true or false`,
    );
  }
  return { word, keys };
}

/** Reads `-it`, `-w /srv`, `-w/srv`, `-w=/srv` or `-itw /srv`. */
function readCluster(table: FlagTable, word: string): FlagWord {
  const keys: string[] = [];
  for (let at = 1; at < word.length; at++) {
    const letter = word[at]!;
    const key = Object.keys(table).find((key) => table[key]!.alias === letter);
    if (!key) throw unknownFlag(table, `-${letter}`, word);
    keys.push(key);
    if (table[key]!.type === Boolean) continue;
    const value = word.slice(at + 1);
    if (!value) return { word, keys, open: `-${letter}` };
    const head = word.slice(0, at + 1);
    return { word: `${head}=${value.replace(/^=/, "")}`, keys };
  }
  return { word, keys };
}

/** `word` is the cluster the flag stood in: `-bundle` may have meant `--bundle`. */
function unknownFlag(table: FlagTable, name: string, word = name): UsageError {
  const where = word.length > 2 && word !== name ? ` in ${word}` : "";
  return new UsageError(`unknown flag ${name}${where}`, {
    word: word.length > 2 ? word.replace(/^-?-?/, "--") : word,
    known: Object.keys(table).map(long),
  });
}

/** A parser's complaint is told with the flag and the text it is about. */
function schemaOf(key: string, { type, alias }: Flag) {
  const named = (parse: Parser<unknown>) => (text: string) => {
    try {
      return parse(text);
    } catch (cause) {
      const reason = (cause as Error).message;
      throw new UsageError(`${long(key)} ${text || '""'}: ${reason}`);
    }
  };
  return {
    type: type === Boolean
      ? Boolean
      : Array.isArray(type)
      ? [named(type[0])] as const
      : named(type as Parser<unknown>),
    ...(alias && { alias }),
  };
}
