/**
 * `rkl stats`
 *
 * @module
 */
import { UsageWatch } from "../container/usage.ts";
import { sleep } from "../sys/timer.ts";
import { windowSize } from "../sys/terminal.ts";
import { print, write } from "./output.ts";
import { fit, type Frame, redraw } from "./screen.ts";
import { STATS_COLUMNS, type StatsFields, statsFields } from "./stats_text.ts";
import { storeOf } from "./store.ts";
import { formatTable } from "./table.ts";
import { oneOf } from "./values.ts";
import { verb } from "./verb.ts";

/** Milliseconds between two looks. */
const PERIOD = 1000;
/** The same for the first two, which tell how much processor time passes. */
const FIRST_PERIOD = 500;

export default verb({
  help:
    "Prints what containers use, each second anew: those that run, or those that are\n" +
    "named. 100 % is one processor. Memory is without what can be reclaimed at once,\n" +
    "its limit the host's memory where there is no other. What the host does not\n" +
    "count is shown as --.",
  operands: ["[NAMES...]"],
  flags: {
    all: { type: Boolean, alias: "a", help: "Show those that do not run too" },
    noStream: { type: Boolean, help: "Print it once" },
    noTrunc: { type: Boolean, help: "Show ids in full" },
    format: {
      type: oneOf("table", "json"),
      value: "FORMAT",
      help: "table (default) or json, an object a line",
    },
  },
  examples: [
    ["rkl stats", "Watch all containers that run"],
    ["rkl stats --no-stream web db", "Print once what two of them use"],
    ["rkl stats --no-stream --format json", "The same of all, for programs"],
  ],
  async run({ flags, args, globals }) {
    const { all = false, noStream = false, noTrunc = false } = flags;
    using watch = await UsageWatch.begin(storeOf(globals), {
      names: args.names,
      all,
    });
    const show = flags.format === "json"
      ? showJson
      : noStream
      ? showTable
      : tableViewer();
    await watch.read();
    await sleep(FIRST_PERIOD);
    for (let next = performance.now();;) {
      const usages = await watch.read();
      show(usages.map((usage) => statsFields(usage, noTrunc)));
      if (noStream || watch.isOver) return;
      // A machine that was suspended has nothing to catch up with.
      next = Math.max(next + PERIOD, performance.now());
      await sleep(Math.max(0, next - performance.now()));
    }
  },
});

function showJson(rows: readonly StatsFields[]): void {
  for (const row of rows) print(JSON.stringify(row));
}

function showTable(rows: readonly StatsFields[]): void {
  for (const line of tableOf(rows)) print(line);
}

/** Redraws a terminal; elsewhere each table follows the one before. */
function tableViewer(): (rows: readonly StatsFields[]) => void {
  const encoder = new TextEncoder();
  let before: Frame | undefined;
  return (rows) => {
    const size = windowSize(1);
    if (!size) return showTable(rows);
    const frame = fit(tableOf(rows), size, (count) => `… and ${count} more`);
    write(encoder.encode(redraw(before, frame)));
    before = frame;
  };
}

function tableOf(rows: readonly StatsFields[]): string[] {
  return formatTable([
    STATS_COLUMNS.map(([heading]) => heading),
    ...rows.map((row) => STATS_COLUMNS.map(([, field]) => row[field])),
  ]);
}
