/**
 * The shape of a verb: what it takes, what help says of it, and what it does.
 *
 * @module
 */
import {
  type Flag,
  type FlagTable,
  type FlagValues,
  parseFlags,
} from "./flags.ts";
import type { Globals } from "./globals.ts";
import { UsageError } from "./usage.ts";

/** How a verb is written; {@linkcode verb} makes a {@linkcode Verb} of it. */
export interface Definition<
  F extends FlagTable,
  P extends readonly string[],
> {
  /** What it does, in a few whole sentences. */
  readonly help: string;
  /** Its operands in order: `ID`, `[SIGNAL]` if optional, `ARGS...` for the rest. */
  readonly operands: P;
  readonly flags: F;
  /** Flags of other programs, without dashes, and why they are not here. */
  readonly refused?: () => Promise<Readonly<Record<string, string>>>;
  /** Whether words after the first operand belong to another program. */
  readonly stopAtOperand?: boolean;
  /** Command lines to copy, each with what it does. */
  readonly examples: readonly (readonly [line: string, effect: string])[];
  /** Does the work and resolves to the exit code, 0 where it says nothing. */
  run(
    call: { flags: FlagValues<F>; args: OperandValues<P>; globals: Globals },
  ): Promise<number | void> | number | void;
}

/** A verb as the frame sees it. */
export interface Verb {
  readonly help: string;
  readonly operands: readonly string[];
  readonly flags: FlagTable;
  readonly stopAtOperand: boolean;
  readonly examples: readonly (readonly [line: string, effect: string])[];
  /** Reads `words` and runs; `path` is how the verb was called: `container run`. */
  run(path: string, words: readonly string[], globals: Globals): Promise<
    number
  >;
}

/** The operands' values by name, in small letters. */
export type OperandValues<P extends readonly string[]> = {
  [O in P[number] as Lowercase<OperandName<O>>]: O extends `${string}...`
    ? string[]
    : O extends `[${string}...]` ? string[]
    : O extends `[${string}]` ? string | undefined
    : string;
};

type OperandName<O extends string> = O extends `[${infer N}...]` ? N
  : O extends `[${infer N}]` ? N
  : O extends `${infer N}...` ? N
  : O;

/** Every verb has it. */
const HELP = { type: Boolean, alias: "h", help: "Print this help" } as const;

/** Reads flags; one that is unknown may be known elsewhere, with a reason. */
async function refusing<T>(
  refused: Definition<FlagTable, []>["refused"],
  parse: () => T,
): Promise<T> {
  try {
    return parse();
  } catch (error) {
    const word = error instanceof UsageError && error.unknown?.word;
    if (!word || !refused) throw error;
    const reasons = await refused();
    const name = word.slice(2);
    if (!Object.hasOwn(reasons, name)) throw error;
    const reason = reasons[name];
    throw new UsageError(`${word} is not supported: it ${reason}`);
  }
}

/** Its letter may be another flag's, as docker's -h is --hostname. */
function helpBeside(flags: FlagTable): Flag & { type: BooleanConstructor } {
  const { alias, ...help } = HELP;
  const taken = Object.values(flags).some((flag) => flag.alias === alias);
  return taken ? help : HELP;
}

/**
 * Makes a verb. The types of `flags` and `args` follow from its tables.
 *
 * @example
 * ```ts
 * export default verb({
 *   help: "Says hello.",
 *   operands: ["NAME"],
 *   flags: { loud: { type: Boolean, alias: "l", help: "Say it louder" } },
 *   examples: [["rkl hello -l you", "Greet you loudly"]],
 *   run: ({ flags, args }) => print(flags.loud ? args.name + "!" : args.name),
 * });
 * ```
 */
export function verb<
  const F extends FlagTable,
  const P extends readonly string[],
>(definition: Definition<F, P>): Verb {
  const { stopAtOperand = false, refused } = definition;
  const flags = { ...definition.flags, help: helpBeside(definition.flags) };
  const self: Verb = {
    ...definition,
    flags,
    stopAtOperand,
    async run(path, words, globals) {
      const parsed = await refusing(
        refused,
        () => parseFlags(flags, words, { stopAtOperand }),
      );
      if (parsed.flags.help) {
        const { printVerbHelp } = await import("./help.ts");
        printVerbHelp(path, self);
        return 0;
      }
      const args = bindOperands(definition.operands, parsed.operands);
      const given = parsed.flags as FlagValues<F>;
      return await definition.run({ flags: given, args, globals }) ?? 0;
    },
  };
  return self;
}

/** An operand's spelling taken apart. */
export function readOperand(
  spelling: string,
): { name: string; optional: boolean; rest: boolean } {
  const optional = spelling.startsWith("[");
  const bare = optional ? spelling.slice(1, -1) : spelling;
  const rest = bare.endsWith("...");
  return { name: rest ? bare.slice(0, -3) : bare, optional, rest };
}

/**
 * Gives `values` the names in `spellings`.
 *
 * @throws {UsageError} when one is missing or too many are given.
 */
export function bindOperands<const P extends readonly string[]>(
  spellings: P,
  values: readonly string[],
): OperandValues<P> {
  const bound: Record<string, string | string[] | undefined> = {};
  let next = 0;
  for (const spelling of spellings) {
    const { name, optional, rest } = readOperand(spelling);
    const value = rest ? values.slice(next) : values[next];
    if (!optional && (value === undefined || value.length === 0)) {
      throw new UsageError(
        `${name} is missing; it takes ${spellings.join(" ")}`,
      );
    }
    bound[name.toLowerCase()] = value as string | string[] | undefined;
    next = rest ? values.length : next + 1;
  }
  if (next < values.length) {
    const takes = spellings.join(" ") || "no operands";
    throw new UsageError(
      `"${values[next]}" is one word too many; it takes ${takes}`,
    );
  }
  return bound as OperandValues<P>;
}

/** The words of a command, without the `--` that may set them apart. */
export function afterDashes(words: readonly string[]): string[] {
  return words[0] === "--" ? words.slice(1) : [...words];
}
