/**
 * A terminal on which lines change in place.
 *
 * @module
 */
import type { WindowSize } from "../sys/terminal.ts";

/** What is on the screen: lines that fit it, and how large it was. */
export interface Frame {
  readonly size: WindowSize;
  readonly lines: readonly string[];
}

/**
 * The lines that fit a window, each as wide as it is. Of too many the last says
 * how many are left out, which `more` puts into words; one row stays free for
 * the cursor.
 */
export function fit(
  lines: readonly string[],
  size: WindowSize,
  more: (count: number) => string,
): Frame {
  const rows = Math.max(1, size.height - 1);
  const kept = lines.length <= rows
    ? lines
    : [...lines.slice(0, rows - 1), more(lines.length - rows + 1)];
  return { size, lines: kept.map((line) => line.slice(0, size.width)) };
}

/**
 * What is to be written so that a screen shows `frame`, in the escape sequences
 * of ECMA-48: only the lines that differ, so that nothing flickers.
 */
export function redraw(before: Frame | undefined, frame: Frame): string {
  const { size: { width, height }, lines } = frame;
  const same = before?.size.width === width && before.size.height === height;
  const shown = same ? before.lines : [];
  const changed = lines.flatMap((line, row) =>
    line === shown[row] ? [] : [`${moveTo(row)}${line}${CLEAR_LINE}`]
  );
  const fewer = shown.length > lines.length;
  if (same && changed.length === 0 && !fewer) return "";
  const rest = fewer || !same ? CLEAR_BELOW : "";
  return `${same ? "" : CLEAR}${changed.join("")}${
    moveTo(lines.length)
  }${rest}`;
}

const CLEAR = "\x1b[2J";
const CLEAR_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";

function moveTo(row: number): string {
  return `\x1b[${row + 1};1H`;
}
