/**
 * What the daemon has to say: lines on its stderr, which is a file that is
 * bounded, or whatever `rkl daemon run` was given. What Deno itself says when
 * it fails goes there too.
 *
 *     ROOT/.daemon/log    the newest
 *     ROOT/.daemon/log.1  what was in it before
 *
 * @module
 */
import { type Fd, O, open } from "../sys/fd.ts";
import { syscall } from "../sys/syscall.ts";

/** Bytes after which a log makes room. */
const LONGEST = 256 << 10;

/** Opens the log below `directory` to write at its end. */
export function openLog(directory: string): Fd {
  const flags = O.WRONLY | O.CREAT | O.APPEND;
  return open(`${directory}/log`, flags, 0o600);
}

/**
 * Writes lines to stderr. With `directory`, that is the log there, which makes
 * room once it is longer than `longest` bytes.
 */
export function logger(
  directory?: string,
  longest: number = LONGEST,
): (line: string) => void {
  const encoder = new TextEncoder();
  return (line) => {
    const text = `${new Date().toISOString()} ${line.replaceAll("\n", "; ")}\n`;
    try {
      Deno.stderr.writeSync(encoder.encode(text));
      if (directory) makeRoom(directory, longest);
    } catch {
      // A full disk, a terminal that hung up: there is no one to tell.
    }
  };
}

function makeRoom(directory: string, longest: number): void {
  const path = `${directory}/log`;
  if (Deno.statSync("/proc/self/fd/2").size <= longest) return;
  Deno.renameSync(path, `${path}.1`);
  using log = openLog(directory);
  for (const output of [1, 2]) syscall("dup3", log.number, output, 0);
}
