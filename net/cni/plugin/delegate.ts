/**
 * Running another plugin for a part of the work, as the CNI specification
 * 1.1.0 has it in section 4: the same configuration and environment, and its
 * result or its error.
 *
 * @module
 */
import { tryParseJson } from "../../../sys/json.ts";
import { CNI_CODE, CniError, parseError } from "../error.ts";
import { executeWithin, findProgram } from "../exec.ts";
import type { CniCommand } from "../version.ts";
import { configError } from "./environment.ts";

/** What a plugin is given. */
export interface Delegation {
  /** The name of the program. */
  readonly program: string;
  /** The directories where it may be: CNI_PATH. */
  readonly path: string;
  /** The configuration, as it came. */
  readonly stdin: string;
}

/**
 * Runs a plugin with the environment of this process, but for the command.
 * Returns what it prints, or undefined when that is nothing.
 *
 * @throws {CniError} its own, or when it cannot be run or understood
 */
export async function delegate(
  { program, path, stdin }: Delegation,
  command: CniCommand,
): Promise<unknown> {
  const file = findDelegate(program, path);
  const environment = { CNI_COMMAND: command };
  const { code, stdout } = await executeWithin({
    program: file,
    environment,
    stdin,
  });
  const printed = tryParseJson(stdout);
  const success = code === 0;
  if (success && (printed !== undefined || stdout.trim() === "")) {
    return printed;
  }
  throw parseError(printed) ?? new CniError(
    success ? CNI_CODE.DECODING_FAILURE : CNI_CODE.INTERNAL,
    success
      ? `${file} printed for ${command} what is no JSON`
      : `${file} failed at ${command} with exit code ${code}`,
    stdout.trim().slice(0, 200) || undefined,
  );
}

/**
 * The file of a plugin.
 *
 * @throws {CniError} when there is none, or it is this program, which would
 * call itself without end
 */
function findDelegate(program: string, path: string): string {
  const file = findProgram(program, path.split(":").filter(Boolean));
  if (file === undefined) {
    throw wrongType(
      `there is no plugin ${JSON.stringify(program)} in CNI_PATH ` +
        `(${path || "which is empty"}); host-local is built in`,
    );
  }
  const [it, self] = [Deno.statSync(file), Deno.statSync("/proc/self/exe")];
  if (it.ino === self.ino && it.dev === self.dev) {
    throw wrongType(
      `${file} is this bridge plugin, which leases no addresses by itself; ` +
        "host-local is built in",
    );
  }
  return file;
}

function wrongType(message: string): CniError {
  return configError([{ path: "ipam.type", message }]);
}
