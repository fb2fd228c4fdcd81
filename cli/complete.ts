/**
 * Completion of a command line: what could stand where the cursor is. The
 * shells' scripts call `rkl __complete` with the words up to the cursor, the
 * last of them the one being typed, and show what it prints.
 *
 * @module
 */
import { type Command, COMMANDS, type CommandTable } from "./commands.ts";
import { type Flag, type FlagTable, long } from "./flags.ts";
import { GLOBAL_FLAGS, type Globals } from "./globals.ts";
import { print } from "./output.ts";
import { SIGNAL_NAMES } from "../sys/signals.ts";
import { readOperand, verb } from "./verb.ts";
import type { Parser } from "./values.ts";

/** What can be completed: lines to offer, or the shell's own file names. */
export interface Completion {
  /** The words, each with a few words about it. */
  readonly words: readonly (readonly [word: string, about: string])[];
  /** Whether file names may stand here too. */
  readonly files: boolean;
}

/** Finds the names that exist now: of containers, by the operand's name. */
export type Lookup = (operand: string) => Promise<readonly string[]>;

/** The line that tells the script to offer file names. */
export const FILES = ":files";

const NOTHING: Completion = { words: [], files: false };

/** Values and operands that are files. */
const FILE_LIKE = /^(FILE|DIR|BUNDLE|IMAGE|SOCKET|SRC|DST)/;

export default verb({
  help: "Prints what could complete a command line, one candidate a line.",
  operands: ["[WORDS...]"],
  flags: {},
  stopAtOperand: true,
  examples: [],
  async run({ args, globals }) {
    const lookup: Lookup = (operand) => namesOf(operand, globals);
    const { words, files } = await complete(args.words, lookup);
    for (const [word, about] of words) print(`${word}\t${about}`);
    if (files) print(FILES);
  },
});

/** What could replace the last of `words`; the words before it are complete. */
export async function complete(
  words: readonly string[],
  lookup: Lookup,
): Promise<Completion> {
  const current = words.at(-1) ?? "";
  const scan = scanFlags(GLOBAL_FLAGS, words.slice(0, -1), true);
  if (scan.awaiting) return matching(await valuesOf(scan.awaiting), current);
  if (scan.operands.length === 0) {
    return matching(
      current.startsWith("-") ? flagsOf(GLOBAL_FLAGS) : commandsOf(COMMANDS),
      current,
    );
  }
  return matching(
    await completeCommand(COMMANDS, scan.operands, current, lookup),
    current,
  );
}

/** Below a group its commands, below a verb its flags and operands. */
async function completeCommand(
  table: CommandTable,
  words: readonly string[],
  current: string,
  lookup: Lookup,
): Promise<Completion> {
  const [name = "", ...rest] = words;
  const command = byName(table, name);
  if (!command) return NOTHING;
  if (command.commands) {
    return rest.length > 0
      ? await completeCommand(command.commands, rest, current, lookup)
      : commandsOf(command.commands);
  }
  const { default: verb } = await command.load!();
  const scan = scanFlags(verb.flags, rest, verb.stopAtOperand);
  if (scan.awaiting) return valuesOf(scan.awaiting);
  if (current.startsWith("-") && !scan.ended) return flagsOf(verb.flags);
  if (verb.operands[0] === "[COMMAND...]") {
    return helpTopics(scan.operands);
  }
  return operandValues(verb.operands, scan.operands.length, lookup);
}

function byName(table: CommandTable, name: string): Command | undefined {
  return Object.entries(table).find(([key, { aliases }]) =>
    key === name || aliases?.includes(name)
  )?.[1];
}

/** Where reading `words` ends: perhaps in the middle of a flag. */
interface Scan {
  readonly operands: readonly string[];
  /** The flag whose value comes next. */
  readonly awaiting: Flag | undefined;
  /** Whether no more flags are read. */
  readonly ended: boolean;
}

/** Reads as flags.ts does, but takes what it does not know for a switch. */
function scanFlags(
  table: FlagTable,
  words: readonly string[],
  stopAtOperand: boolean,
): Scan {
  const operands: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const isOperand = !word.startsWith("-") || word === "-";
    if (word === "--" || (isOperand && stopAtOperand)) {
      const rest = words.slice(word === "--" ? i + 1 : i);
      return {
        operands: [...operands, ...rest],
        awaiting: undefined,
        ended: true,
      };
    }
    if (isOperand) {
      operands.push(word);
      continue;
    }
    const flag = flagAwaitingValue(table, word);
    if (flag && ++i === words.length) {
      return { operands, awaiting: flag, ended: false };
    }
  }
  return { operands, awaiting: undefined, ended: false };
}

function flagAwaitingValue(table: FlagTable, word: string): Flag | undefined {
  const [, flag] =
    Object.entries(table).find(([key, { alias }]) =>
      word === long(key) ||
      (alias && !word.startsWith("--") && word.endsWith(alias))
    ) ?? [];
  return flag && flag.type !== Boolean ? flag : undefined;
}

function commandsOf(table: CommandTable): Completion {
  const words = Object.entries(table).filter(([, { hidden }]) => !hidden)
    .map(([name, { summary }]) => [name, summary] as const);
  return { words, files: false };
}

function flagsOf(table: FlagTable): Completion {
  const words = Object.entries(table).map(([key, { help }]) =>
    [long(key), help] as const
  );
  return { words, files: false };
}

function valuesOf({ type, value = "" }: Flag): Completion {
  const { choices = [] } = (Array.isArray(type) ? type[0] : type) as Parser<
    unknown
  >;
  if (value === "SIGNAL") return plain(SIGNAL_NAMES);
  return { ...plain(choices), files: FILE_LIKE.test(value) };
}

async function operandValues(
  spellings: readonly string[],
  index: number,
  lookup: Lookup,
): Promise<Completion> {
  const last = spellings.at(-1);
  const spelling = spellings[index] ?? (last?.includes("...") ? last : "");
  const { name } = readOperand(spelling);
  if (name === "SIGNAL") return plain(SIGNAL_NAMES);
  if (name === "SHELL") return plain(["bash", "zsh", "fish"]);
  return { ...plain(await lookup(name)), files: FILE_LIKE.test(name) };
}

/** `rkl help` is followed by the words of a command. */
function helpTopics(words: readonly string[]): Completion {
  const table = words.reduce<CommandTable>(
    (table, word) => byName(table, word)?.commands ?? {},
    COMMANDS,
  );
  return commandsOf(table);
}

function plain(names: readonly string[]): Completion {
  return { words: names.map((name) => [name, ""] as const), files: false };
}

function matching({ words, files }: Completion, current: string): Completion {
  return {
    words: words.filter(([word]) => word.startsWith(current)),
    files,
  };
}

/** Where there is no state, or no right to read it, there are no names. */
async function namesOf(
  operand: string,
  globals: Globals,
): Promise<readonly string[]> {
  if (!/^(ID|NAMES?|NETWORKS|VOLUMES)$/.test(operand)) return [];
  const { listEntries } = await import("../sys/entry.ts");
  const { storeOf } = await import("./store.ts");
  try {
    const store = storeOf(globals);
    if (operand === "VOLUMES") return listEntries(`${store.dataRoot}/volumes`);
    if (operand === "ID") return listEntries(store.root);
    if (operand !== "NETWORKS") {
      const { listNames } = await import("../container/name_index.ts");
      return listNames(store);
    }
    const { cniNetworksOf } = await import("./network/store.ts");
    const { networks } = await cniNetworksOf(store);
    const own = listEntries(`${store.dataRoot}/networks`);
    return [...own, ...networks.map(({ name }) => name)];
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) return [];
    throw error;
  }
}
