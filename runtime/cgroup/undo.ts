/**
 * What puts limits back as they were: read before others are written.
 *
 * @module
 */
import { CgroupError } from "./errors.ts";
import { readValue } from "./files.ts";
import type { CgroupWrite } from "./plan.ts";

/**
 * Looks at what `writes` are about to replace; returns the writes that bring it
 * back. What cannot be read cannot be brought back, and is left out.
 */
export function undoOf(writes: readonly CgroupWrite[]): CgroupWrite[] {
  return writes.flatMap(({ instead, ...write }) => {
    for (const one of [write, ...(instead ? [{ ...write, ...instead }] : [])]) {
      const text = readValue(one.file);
      if (text !== undefined) return { ...one, value: valueBefore(one, text) };
    }
    return [];
  });
}

/** Files with a line for each device, and what says that there is none. */
const NOTHING: readonly (readonly [file: RegExp, value: string])[] = [
  [/\/io\.max$/, "rbps=max wbps=max riops=max wiops=max"],
  [/\/io\.(bfq\.)?weight$/, "default"],
  [/\/blkio\./, "0"],
];

/**
 * The value that `write` replaces, of a file that says `text`: all of it, or
 * the line of the device that the value is for.
 */
export function valueBefore(
  { file, value }: Pick<CgroupWrite, "file" | "value">,
  text: string,
): string {
  const name = file.slice(file.lastIndexOf("/") + 1);
  const keyed = /^(\d+:\d+|default) /.test(value) ||
    name === "rdma.max" || name === "net_prio.ifpriomap";
  if (!keyed) return text;
  const [key = ""] = value.split(" ");
  const line = text.split("\n").find((line) => line.split(" ")[0] === key);
  if (line !== undefined) return line;
  const [, nothing = ""] = NOTHING.find(([form]) => form.test(file)) ?? [];
  return `${key} ${nothing}`;
}

/**
 * The failure of an update, of which part was done.
 *
 * @param undo Puts back what was done.
 */
export function undone(error: unknown, undo: () => void): unknown {
  try {
    undo();
    return error;
  } catch (failure) {
    if (!(failure instanceof CgroupError && error instanceof CgroupError)) {
      throw failure;
    }
    const message = `${error.message}; and what was set before it could not ` +
      `be put back: ${failure.message}`;
    return new CgroupError(message, { ...error, cause: error });
  }
}
