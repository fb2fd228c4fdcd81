/**
 * Times of things done in turns, and tables of them.
 *
 * @module
 */

/** Something to be timed: does it once and returns how many milliseconds it took. */
export type Trial = () => Promise<number>;

/**
 * Does each trial `rounds` times, one after the other in every round, so that
 * whatever else the machine does befalls all alike. Returns the times of each,
 * from the shortest to the longest. The first, unrecorded round fills caches.
 */
export async function interleave(
  trials: Readonly<Record<string, Trial>>,
  rounds: number,
): Promise<Record<string, number[]>> {
  const names = Object.keys(trials);
  const times: Record<string, number[]> = {};
  for (const name of names) times[name] = [];
  for (let round = -1; round < rounds; round++) {
    for (const name of names) {
      const time = await trials[name]!();
      if (round >= 0) times[name]!.push(time);
    }
  }
  for (const name of names) times[name]!.sort((a, b) => a - b);
  return times;
}

/** The value that `share` of the sorted `values` are below; 0.5 is the median. */
export function quantile(values: readonly number[], share: number): number {
  return values[
    Math.min(values.length - 1, Math.floor(values.length * share))
  ] ??
    NaN;
}

/** A table in Markdown, numbers to the right. */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const texts = rows.map((row) => row.map(String));
  const widths = head.map((title, column) =>
    Math.max(3, title.length, ...texts.map((row) => row[column]!.length))
  );
  const right = head.map((_, column) =>
    rows.every((row) => /^[-\d.]|^$/.test(String(row[column])))
  );
  const line = (cells: readonly string[]) =>
    `| ${
      cells.map((cell, i) =>
        right[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)
      ).join(" | ")
    } |`;
  const rule = widths.map((width, i) =>
    right[i] ? `${"-".repeat(width - 1)}:` : "-".repeat(width)
  );
  return [head, rule, ...texts].map(line).join("\n");
}

/** What an action takes. */
export function timed(action: () => void | Promise<void>): Trial {
  return async () => {
    const start = performance.now();
    await action();
    return performance.now() - start;
  };
}

/** Medians, how far they spread, and what they are of the time of `base`. */
export function timeTable(
  times: Readonly<Record<string, readonly number[]>>,
  base: string,
  bars: Readonly<Record<string, number>>,
): string {
  const unit = times[base] ? quantile(times[base], 0.5) : NaN;
  const rows = Object.entries(times).map(([name, values]) => {
    const median = quantile(values, 0.5);
    const ratio = median / unit;
    return [
      name,
      median.toFixed(1),
      quantile(values, 0.1).toFixed(1),
      quantile(values, 0.9).toFixed(1),
      Number.isNaN(ratio) ? "" : ratio.toFixed(2),
      bars[name]?.toFixed(2) ?? "",
    ];
  });
  const head = ["", "ms", "10 %", "90 %", `of ${base}`, "at most"];
  return table(head, rows);
}
