/**
 * From the words of a command line to the command they name.
 *
 * @module
 */
import type { Command, CommandTable } from "./commands.ts";
import { UsageError } from "./usage.ts";

/** A command and how it was reached. */
export interface Found {
  /** Its names from the top, without aliases: `container run`. */
  readonly path: string;
  readonly command: Command;
  /** The words after it. */
  readonly rest: readonly string[];
}

/**
 * Finds the command `words` begin with.
 *
 * @throws {UsageError} on a word that names none.
 */
export function findCommand(
  table: CommandTable,
  words: readonly string[],
  above = "",
): Found {
  const [word = "", ...rest] = words;
  const entry = Object.entries(table).find(([name, { aliases }]) =>
    name === word || aliases?.includes(word)
  );
  if (!entry) throw unknownCommand(table, word, above);
  const [name, command] = entry;
  const path = above ? `${above} ${name}` : name;
  const [next] = rest;
  if (!command.commands || next === undefined || next.startsWith("-")) {
    return { path, command, rest };
  }
  return findCommand(command.commands, rest, path);
}

/** A verb of a group, typed without the group's name, is the likeliest slip. */
function unknownCommand(
  table: CommandTable,
  word: string,
  above: string,
): UsageError {
  const inGroup = Object.entries(table).find(([, { commands }]) =>
    commands && Object.hasOwn(commands, word)
  );
  const known = inGroup
    ? [`${inGroup[0]} ${word}`]
    : Object.keys(table).filter((name) => !table[name]!.hidden);
  return new UsageError(
    `unknown command ${above ? `${above} ${word}` : word}`,
    { word: inGroup ? known[0]! : word, known },
  );
}
