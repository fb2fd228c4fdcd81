/**
 * Running a plugin's program: JSON on its stdin, what it writes kept, its time
 * limited.
 *
 * By `Deno.Command`, whose first use takes 5 ms of Deno; plugins take longer.
 *
 * @module
 */
import { startTimer } from "../../../sys/timer.ts";
import { trySyscall } from "../../../sys/syscall.ts";
import type { Outcome } from "./answer.ts";
import type { PluginCall } from "./chain.ts";
import { findPlugin } from "./plugin_path.ts";
import { PluginError } from "./plugin_error.ts";

/** How plugins are run. */
export interface InvokeOptions {
  /** Where their programs are. */
  readonly directories: readonly string[];
  /** Milliseconds that each may take. */
  readonly timeout: number;
}

/** What DHCP and slow controllers need, and a person waits for. */
export const PLUGIN_TIMEOUT = 60_000; // ms

/** Results are some kilobytes; what is more is no result. */
const MOST_OUTPUT = 1 << 20;

/**
 * Makes a call, in the network namespace of the calling thread.
 *
 * @throws {MissingPluginError}
 * @throws {PluginError} when it cannot be executed or takes too long
 */
export async function invoke(
  call: PluginCall,
  { directories, timeout }: InvokeOptions,
): Promise<Outcome> {
  const path = findPlugin(call.plugin, call.network, directories);
  const child = spawn(call, path);
  using timer = startTimer(timeout);
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const ended = Promise.all([
    child.status,
    stdout.text,
    stderr.text,
    feed(child.stdin, JSON.stringify(call.conf)),
  ]);
  const late = timer.over.then(() => undefined);
  const outcome = await Promise.race([ended, late]);
  if (outcome) {
    const [{ code }, out, err] = outcome;
    return { code, stdout: out, stderr: err };
  }
  // It is the leader of a session, and so are those of a group it started.
  const SIGKILL = 9;
  trySyscall("kill", -child.pid, SIGKILL);
  // What left the group may hold the pipes.
  await Promise.all([stdout.cancel(), stderr.cancel(), child.status]);
  const said = (await stderr.text).trim();
  throw new PluginError(
    call,
    `it took more than ${timeout / 1000} seconds and was killed` +
      (said === "" ? "" : `; on stderr: ${said}`),
  );
}

function spawn(call: PluginCall, path: string): Deno.ChildProcess {
  // Of what rkl itself was started with, a plugin gets no descriptor.
  const CLOSE_RANGE_CLOEXEC = 4;
  trySyscall("close_range", 3, 0xffff_ffff, CLOSE_RANGE_CLOEXEC);
  try {
    return new Deno.Command(path, {
      env: { ...call.environment },
      cwd: "/",
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      // Keys that interrupt rkl are not to interrupt it half way.
      detached: true,
    }).spawn();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new PluginError(
      call,
      `${path} cannot be executed: ${error.message}`,
      undefined,
      { cause: error },
    );
  }
}

/** Writes all of a text; a plugin need not read it. */
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
