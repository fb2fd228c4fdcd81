/**
 * `rkl stats`
 *
 * @module
 */
import { UsageWatch } from "../container/usage.ts";
import { sleep } from "../sys/timer.ts";
import { windowSize } from "../sys/terminal.ts";
import { FORMAT, formatterOf } from "./format.ts";
import { print, write } from "./output.ts";
import { fit, type Frame, redraw } from "./screen.ts";
import { STATS_LISTING, statsFields } from "./stats_text.ts";
import { storeOf } from "./store.ts";
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
    format: FORMAT,
  },
  examples: [
    ["rkl stats", "Watch all containers that run"],
    ["rkl stats --no-stream web db", "Print once what two of them use"],
    ["rkl stats --no-stream --format json", "The same of all, for programs"],
    [
      "rkl stats --format 'table {{.Name}}\\t{{.CPUPerc}}'",
      "Choose the columns",
    ],
  ],
  async run({ flags, args, globals }) {
    const { all = false, noStream = false, noTrunc = false } = flags;
    using watch = await UsageWatch.begin(storeOf(globals), {
      names: args.names,
      all,
    });
    const format = await formatterOf(flags.format, STATS_LISTING);
    const isTable = (flags.format?.kind ?? "table") === "table";
    const show = isTable && !noStream ? viewer() : printLines;
    await watch.read();
    await sleep(FIRST_PERIOD);
    for (let next = performance.now();;) {
      const usages = await watch.read();
      show(format(usages.map((usage) => statsFields(usage, noTrunc))));
      if (noStream || watch.isOver) return;
      // A machine that was suspended has nothing to catch up with.
      next = Math.max(next + PERIOD, performance.now());
      await sleep(Math.max(0, next - performance.now()));
    }
  },
});

function printLines(lines: readonly string[]): void {
  for (const line of lines) print(line);
}

/** Redraws a terminal; elsewhere each table follows the one before. */
function viewer(): (lines: readonly string[]) => void {
  const encoder = new TextEncoder();
  let before: Frame | undefined;
  return (lines) => {
    const size = windowSize(1);
    if (!size) return printLines(lines);
    const frame = fit(lines, size, (count) => `… and ${count} more`);
    write(encoder.encode(redraw(before, frame)));
    before = frame;
  };
}
