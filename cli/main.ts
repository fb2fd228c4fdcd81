/**
 * The program: options, then a verb, then the verb's own words. The only place
 * that prints errors and picks exit codes.
 *
 * What every start needs is imported here; the rest is loaded when it is
 * needed, since loading is most of what a short command costs.
 *
 * @module
 */
import { declareOwn } from "../daemon/own.ts";
import { COMMANDS } from "./commands.ts";
import { findCommand } from "./find.ts";
import { parseFlags } from "./flags.ts";
import { GLOBAL_FLAGS, type Globals } from "./globals.ts";
import { OutputClosed } from "./output.ts";

/** What a shell reports of a program that SIGPIPE ended: 128 + 13. */
const BROKEN_PIPE = 141;

/** Runs the command line `words`, prints errors, and returns the exit code. */
export async function main(words: readonly string[]): Promise<number> {
  let globals: Partial<Globals> = {};
  let path = "";
  try {
    const { flags, operands } = parseFlags(GLOBAL_FLAGS, words, {
      stopAtOperand: true,
    });
    globals = flags;
    if (flags.version) return await run("version", [], flags);
    if (flags.help || operands.length === 0) {
      return await run("help", [], flags);
    }
    const found = findCommand(COMMANDS, operands);
    path = found.path;
    if (!found.command.load) return await help(found.path, found.rest, flags);
    const { default: verb } = await found.command.load();
    return await verb.run(path, found.rest, flags);
  } catch (error) {
    if (isOutputClosed(error)) return BROKEN_PIPE;
    return await fail(error, path, globals);
  }
}

async function run(
  name: "help" | "version",
  words: readonly string[],
  globals: Globals,
): Promise<number> {
  const { default: verb } = await COMMANDS[name]!.load!();
  return verb.run(name, words, globals);
}

/** A group called without a verb explains itself, and takes no flag but help. */
function help(
  path: string,
  rest: readonly string[],
  globals: Globals,
): Promise<number> {
  parseFlags({ help: GLOBAL_FLAGS.help }, rest, { stopAtOperand: true });
  return run("help", path.split(" "), globals);
}

/** Nobody reads stdout: told by this program's writer, or by write(2) itself. */
function isOutputClosed(error: unknown): boolean {
  if (error instanceof AggregateError) {
    return error.errors.every(isOutputClosed);
  }
  const { code, subject } = Object(error);
  return error instanceof OutputClosed ||
    (code === "EPIPE" && /^descriptor [12]$/.test(subject));
}

/** Reports `error` and returns the exit code it is worth. */
async function fail(
  error: unknown,
  path: string,
  globals: Partial<Globals>,
): Promise<number> {
  const { describe, exitCodeOf } = await import("./report.ts");
  const { report } = await import("./log.ts");
  const debug = globals.debug ?? false;
  report("error", describe(error, { path, debug }), globals);
  return exitCodeOf(error);
}

/** Runs this process's command line to its end. */
export function start(): void {
  declareOwn();
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    fail(event.reason, "", {}).then(Deno.exit);
  });
  // A CNI runtime starts plugins with variables, and without words.
  const program = Deno.env.get("CNI_COMMAND")
    ? import("./cni.ts").then((plugin) => plugin.main())
    : main(Deno.args);
  program.then(Deno.exit);
}

if (import.meta.main) start();
