import assert from "node:assert/strict";
import { COMMANDS, type CommandTable } from "./commands.ts";
import { findCommand } from "./find.ts";
import { parseFlags } from "./flags.ts";
import { GLOBAL_FLAGS } from "./globals.ts";
import { groupHelp, topHelp, verbHelp } from "./help.ts";
import { bindOperands, type Verb } from "./verb.ts";
import { VERSION } from "./version.ts";

const VERBS = await collect(COMMANDS, "");

async function collect(
  table: CommandTable,
  above: string,
): Promise<{ path: string; verb: Verb }[]> {
  const found: { path: string; verb: Verb }[] = [];
  for (const [name, { commands, load, hidden }] of Object.entries(table)) {
    const path = `${above}${name}`;
    if (commands) found.push(...await collect(commands, `${path} `));
    if (load && !hidden) found.push({ path, verb: (await load()).default });
  }
  return found;
}

Deno.test("every example of every verb is a line that the verb accepts", () => {
  let checked = 0;
  for (const { path, verb } of VERBS) {
    assert(verb.examples.length > 0, path);
    for (const [line] of verb.examples) {
      const command = /rkl( [^<>()]*[^<>() ])/.exec(line)![1]!;
      const words = [...command.matchAll(/'([^']*)'|[^ ]+/g)]
        .map(([word, quoted]) => quoted ?? word);
      const { operands } = parseFlags(GLOBAL_FLAGS, words, {
        stopAtOperand: true,
      });
      const found = findCommand(COMMANDS, operands);
      // The same one, where it has two names.
      const named = VERBS.find((one) => one.path === found.path);
      assert.equal(named?.verb, verb, line);
      const parsed = parseFlags(verb.flags, found.rest, verb);
      bindOperands(verb.operands, parsed.operands);
      checked++;
    }
  }
  assert(checked > 30);
});

Deno.test("no verb gives one letter to two flags", () => {
  for (const { path, verb } of VERBS) {
    const letters = Object.values(verb.flags).flatMap(({ alias }) =>
      alias ? [alias] : []
    );
    assert.equal(new Set(letters).size, letters.length, path);
  }
});

Deno.test("help fits a wide terminal and has no trailing spaces", () => {
  const texts = [
    topHelp(),
    groupHelp("container", COMMANDS.container!),
    ...VERBS.map(({ path, verb }) => verbHelp(path, verb)),
  ];
  for (const line of texts.flatMap((text) => text.split("\n"))) {
    assert(line.length <= 100, line);
    assert.equal(line.trimEnd(), line);
  }
});

Deno.test("the help of a verb has usage, words, flags and examples", () => {
  const { verb } = VERBS.find(({ path }) => path === "kill")!;
  assert.equal(
    verbHelp("kill", verb),
    `Usage: rkl kill [FLAGS] ID [SIGNAL]

Sends a signal to the first process of a container. SIGNAL is a name or a
number, TERM by default.

Flags:
  -a, --all    Send it to all processes of the container
  -h, --help   Print this help

Examples:
  # Send SIGTERM
  rkl kill web

  # Kill all processes of web
  rkl kill --all web KILL`,
  );
});

Deno.test("rkl version is the version in deno.json", async () => {
  const file = new URL("../deno.json", import.meta.url);
  const [, version] = /"version": "(.*)"/.exec(await Deno.readTextFile(file))!;
  assert.equal(version, VERSION);
});
