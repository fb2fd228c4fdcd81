/**
 * Running another plugin for a part of the work, as the CNI specification
 * 1.1.0 has it in section 4: the same configuration and environment, and its
 * result or its error.
 *
 * @module
 */
import { exists } from "../../../sys/entry.ts";
import { CNI_CODE, CniError, parseError } from "../error.ts";
import type { CniCommand } from "../version.ts";

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
  const file = findProgram(program, path);
  const child = new Deno.Command(file, {
    env: { CNI_COMMAND: command },
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const [{ success, code, stdout }] = await Promise.all([
    child.output(),
    send(child.stdin, stdin),
  ]);
  const text = new TextDecoder().decode(stdout);
  const printed = parseJson(text);
  if (success && (printed !== undefined || text.trim() === "")) return printed;
  throw parseError(printed) ?? new CniError(
    success ? CNI_CODE.DECODING_FAILURE : CNI_CODE.INTERNAL,
    success
      ? `${file} printed for ${command} what is no JSON`
      : `${file} failed at ${command} with exit code ${code}`,
    text.trim().slice(0, 200) || undefined,
  );
}

/**
 * The file of a plugin.
 *
 * @throws {CniError} when there is none, or it is this program, which would
 * call itself without end
 */
export function findProgram(program: string, path: string): string {
  const files = path.split(":").filter(Boolean)
    .map((directory) => `${directory}/${program}`);
  const file = files.find(exists);
  if (file === undefined) {
    throw new CniError(
      CNI_CODE.INVALID_CONFIG,
      "invalid network configuration",
      `ipam.type: there is no plugin ${JSON.stringify(program)} in CNI_PATH ` +
        `(${path || "which is empty"}); host-local is built in`,
    );
  }
  const [it, self] = [file, "/proc/self/exe"].map((path) => statOf(path));
  if (it && self && it.ino === self.ino && it.dev === self.dev) {
    throw new CniError(
      CNI_CODE.INVALID_CONFIG,
      "invalid network configuration",
      `ipam.type: ${file} is this bridge plugin, which leases no addresses by ` +
        "itself; host-local is built in",
    );
  }
  return file;
}

async function send(
  stdin: WritableStream<Uint8Array>,
  text: string,
): Promise<void> {
  const writer = stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
  } catch (error) {
    // It ended without reading; what it printed tells why.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
