/**
 * Writing data to stdout, and to stderr what a container wrote there.
 *
 * @module
 */

/** Nobody reads stdout any more, as after `rkl list | head -1`. */
export class OutputClosed extends Error {
  override readonly name = "OutputClosed";
}

const encoder = new TextEncoder();

/** Writes all of `bytes`. */
export function write(
  bytes: Uint8Array,
  stream: "stdout" | "stderr" = "stdout",
): void {
  try {
    for (let at = 0; at < bytes.length;) {
      at += Deno[stream].writeSync(bytes.subarray(at));
    }
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) throw new OutputClosed();
    throw error;
  }
}

/** Writes `line` and a line feed to stdout. */
export function print(line: string): void {
  write(encoder.encode(`${line}\n`));
}

/** Writes `value` to stdout as indented JSON. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}
