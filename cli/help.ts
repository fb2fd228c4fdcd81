/**
 * `rkl help`, and the text of every `--help`.
 *
 * @module
 */
import { type Command, COMMANDS, type CommandTable } from "./commands.ts";
import { findCommand } from "./find.ts";
import { type Flag, type FlagTable, long } from "./flags.ts";
import { GLOBAL_FLAGS } from "./globals.ts";
import { print } from "./output.ts";
import { formatTable } from "./table.ts";
import { type Verb, verb } from "./verb.ts";

export default verb({
  help: "Explains a command, or lists all of them.",
  operands: ["[COMMAND...]"],
  flags: {},
  examples: [["rkl help container run", "List the flags of container run"]],
  async run({ args }) {
    if (args.command.length === 0) return print(topHelp());
    const { path, command } = findCommand(COMMANDS, args.command);
    if (!command.load) return print(groupHelp(path, command));
    printVerbHelp(path, (await command.load()).default);
  },
});

/** Prints what `verb`, called by `path`, takes and does. */
export function printVerbHelp(path: string, verb: Verb): void {
  print(verbHelp(path, verb));
}

/** The text of `rkl VERB --help`. */
export function verbHelp(path: string, verb: Verb): string {
  const examples = verb.examples.flatMap(([line, effect], i) => [
    ...(i > 0 ? [""] : []),
    `  # ${effect}`,
    `  ${line}`,
  ]);
  const repeats = Object.values(verb.flags).some(({ type }) =>
    Array.isArray(type)
  );
  return [
    `Usage: ${usageLine(path, verb)}`,
    "",
    verb.help,
    "",
    repeats ? "Flags (... marks those that may be repeated):" : "Flags:",
    ...flagLines(verb.flags),
    ...(examples.length > 0 ? ["", "Examples:", ...examples] : []),
  ].join("\n");
}

/** `rkl kill [FLAGS] ID [SIGNAL]` */
export function usageLine(path: string, { operands }: Verb): string {
  return ["rkl", path, "[FLAGS]", ...operands].join(" ");
}

/** The text of `rkl GROUP --help`. */
export function groupHelp(
  path: string,
  { summary, aliases, commands = {} }: Command,
): string {
  const other = aliases ? [`Also called: ${aliases.join(", ")}`, ""] : [];
  return [
    `Usage: rkl ${path} COMMAND`,
    "",
    `${summary}.`,
    "",
    ...other,
    "Commands:",
    ...commandLines(commands),
    "",
    `Run "rkl ${path} COMMAND --help" for its flags.`,
  ].join("\n");
}

/** The text of `rkl --help`. */
export function topHelp(): string {
  return [
    "Usage: rkl [GLOBAL FLAGS] COMMAND",
    "",
    "Runs containers.",
    ...commandLines(COMMANDS),
    "",
    "Global flags, which go before the command:",
    ...flagLines(GLOBAL_FLAGS),
    "",
    'Run "rkl help COMMAND" for its flags.',
  ].join("\n");
}

/** A command with a heading opens a section of its own. */
function commandLines(commands: CommandTable): string[] {
  const shown = Object.entries(commands).filter(([, { hidden }]) => !hidden);
  const lines = formatTable(shown.map(([name, { aliases = [], summary }]) => [
    `  ${[name, ...aliases].join(", ")}`,
    summary,
  ]));
  return shown.flatMap(([, { heading }], i) => [
    ...(heading ? ["", `${heading}:`] : []),
    lines[i]!,
  ]);
}

function flagLines(table: FlagTable): string[] {
  return formatTable(
    Object.entries(table).map(([key, flag]) => [
      `  ${flagSpelling(key, flag)}`,
      flag.help,
    ]),
  );
}

/** `-e, --env KEY=VALUE...` */
function flagSpelling(key: string, { alias, value, type }: Flag): string {
  const short = alias ? `-${alias}, ` : "    ";
  if (type === Boolean) return short + long(key);
  const more = Array.isArray(type) ? "..." : "";
  return `${short}${long(key)} ${value ?? "VALUE"}${more}`;
}
