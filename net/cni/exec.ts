/**
 * Running a plugin's program: JSON on its stdin, what it prints kept. A runtime
 * does so, and a plugin that leaves a part of its work to another.
 *
 * By `Deno.Command`, whose first use takes 5 ms of Deno; plugins take longer.
 *
 * @module
 */
import { isMissing } from "../../sys/path.ts";
import { trySyscall } from "../../sys/syscall.ts";
import { startTimer } from "../../sys/timer.ts";

/** A program to be run. */
export interface Execution {
  /** The path of the program. */
  readonly program: string;
  /** Variables beside those of rkl. */
  readonly environment: Readonly<Record<string, string>>;
  /** What it reads, if it does. */
  readonly stdin: string;
}

/** How a program ended, and what it wrote. */
export interface Outcome {
  /** As a shell has it: 128 + n after signal n. */
  readonly code: number;
  /** Its end, if it is long. */
  readonly stdout: string;
  /** Its end, if it is long; empty when it went to rkl's own. */
  readonly stderr: string;
}

/** A program that cannot be executed. */
export class CannotExecuteError extends Error {
  /** Tells it from other errors. */
  override readonly name = "CannotExecuteError";

  /** Says why. */
  constructor(program: string, override readonly cause: Error) {
    super(`${program} cannot be executed: ${cause.message}`);
  }
}

/** A program that took too long, and was killed with its process group. */
export class TooLongError extends Error {
  /** Tells it from other errors. */
  override readonly name = "TooLongError";

  /** Says how long it had, and what it wrote. */
  constructor(
    /** Milliseconds. */
    readonly timeout: number,
    stderr: string,
  ) {
    const said = stderr.trim();
    super(
      `it took more than ${timeout / 1000} seconds and was killed` +
        (said === "" ? "" : `; on stderr: ${said}`),
    );
  }
}

/** Results are some kilobytes; what is more is no result. */
const MOST_OUTPUT = 1 << 20;

/** The first file of a name that can be executed; undefined if none is there. */
export function findProgram(
  name: string,
  directories: readonly string[],
): string | undefined {
  return directories.map((directory) => `${directory}/${name}`)
    .find(isProgram);
}

/**
 * Runs a program in a session of its own, so that keys that interrupt rkl do
 * not interrupt it half way, for at most `timeout` milliseconds.
 *
 * @throws {CannotExecuteError | TooLongError}
 */
export async function executeApart(
  execution: Execution,
  timeout: number,
): Promise<Outcome> {
  const child = spawn(execution, { cwd: "/", stderr: "piped", detached: true });
  using timer = startTimer(timeout);
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const ended = Promise.all([
    child.status,
    stdout.text,
    stderr.text,
    feed(child.stdin, execution.stdin),
  ]);
  const outcome = await Promise.race([
    ended,
    timer.over.then(() => undefined),
  ]);
  if (outcome) {
    const [{ code }, stdout, stderr] = outcome;
    return { code, stdout, stderr };
  }
  // It is the leader of a session, and so are those of a group it started.
  const SIGKILL = 9;
  trySyscall("kill", -child.pid, SIGKILL);
  // What left the group may hold the pipes.
  await Promise.all([stdout.cancel(), stderr.cancel(), child.status]);
  throw new TooLongError(timeout, await stderr.text);
}

/**
 * Runs a program as a part of this one: in its session, with its directory and
 * its stderr, for as long as this one may take.
 *
 * @throws {CannotExecuteError}
 */
export async function executeWithin(execution: Execution): Promise<Outcome> {
  const child = spawn(execution, { stderr: "inherit" });
  const [{ code }, stdout] = await Promise.all([
    child.status,
    collect(child.stdout).text,
    feed(child.stdin, execution.stdin),
  ]);
  return { code, stdout, stderr: "" };
}

function isProgram(path: string): boolean {
  try {
    const { isFile, mode } = Deno.statSync(path);
    return isFile && ((mode ?? 0) & 0o111) !== 0;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function spawn(
  { program, environment }: Execution,
  options: Deno.CommandOptions,
): Deno.ChildProcess {
  // Of what rkl itself was started with, a plugin gets no descriptor.
  const CLOSE_RANGE_CLOEXEC = 4;
  trySyscall("close_range", 3, 0xffff_ffff, CLOSE_RANGE_CLOEXEC);
  try {
    return new Deno.Command(program, {
      env: { ...environment },
      stdin: "piped",
      stdout: "piped",
      ...options,
    }).spawn();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new CannotExecuteError(program, error);
  }
}

/** Writes all of a text; a program need not read it. */
async function feed(
  stdin: WritableStream<Uint8Array>,
  text: string,
): Promise<void> {
  const writer = stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

/** Collects a stream: its last bytes, if there are many. */
function collect(
  stream: ReadableStream<Uint8Array>,
): { text: Promise<string>; cancel(): Promise<void> } {
  const reader = stream.getReader();
  const read = async () => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      chunks.push(value);
      size += value.length;
      while (size - chunks[0]!.length > MOST_OUTPUT) {
        size -= chunks.shift()!.length;
      }
    }
    const bytes = new Uint8Array(size);
    let at = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return new TextDecoder().decode(bytes);
  };
  return { text: read(), cancel: () => reader.cancel() };
}
