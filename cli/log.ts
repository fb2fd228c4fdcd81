/**
 * What rkl says of its own work: on stderr, and in the file of `--log`.
 *
 * @module
 */
import type { Globals } from "./globals.ts";
import { printable } from "./printable.ts";

/** Where to say it. */
export type LogTarget = Partial<Pick<Globals, "log" | "logFormat">>;

/** Levels of a record, as logrus, and so runc, names them. */
export type Level = "error" | "warning";

/** Prints `lines` to stderr and appends each to the log, if there is one. */
export function report(
  level: Level,
  lines: readonly string[],
  { log, logFormat = "text" }: LogTarget,
): void {
  const told = lines.map((line) =>
    level === "error" ? line : `${level}: ${line}`
  );
  if (log) {
    const now = new Date();
    const records = lines.map((line) =>
      logRecord(level, line, logFormat, now) + "\n"
    );
    try {
      Deno.writeTextFileSync(log, records.join(""), { append: true });
    } catch (cause) {
      const reason = (cause as Error).message;
      told.push(`cannot write to the log ${log}: ${reason}`);
    }
  }
  const text = told.map((line) => `rkl: ${printable(line)}\n`).join("");
  try {
    Deno.stderr.writeSync(new TextEncoder().encode(text));
  } catch {
    // A terminal that hung up, a pipe nobody reads: there is no one to tell.
  }
}

/** A function that reports warnings there. */
export function warner(target: LogTarget): (message: string) => void {
  return (message) => report("warning", [message], target);
}

/** One record of a log file; engines read runc's, whose fields these are. */
export function logRecord(
  level: Level,
  message: string,
  format: "text" | "json",
  now: Date,
): string {
  const time = now.toISOString();
  return format === "json"
    ? JSON.stringify({ level, msg: message, time })
    : `time="${time}" level=${level} msg=${JSON.stringify(message)}`;
}
