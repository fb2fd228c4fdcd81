/**
 * `rkl daemon status`
 *
 * @module
 */
import { daemonStatus } from "../../daemon/client.ts";
import type { Status } from "../../daemon/protocol.ts";
import { print, printJson } from "../output.ts";
import { storeOf } from "../store.ts";
import { formatTable } from "../table.ts";
import { oneOf } from "../values.ts";
import { verb } from "../verb.ts";

/** What systemctl(1) exits with for a unit that does not run. */
const NOT_RUNNING = 3;

export default verb({
  help:
    "Prints whether the daemon runs, and what it is needed for. Exits with 0 if it\n" +
    "runs and with 3 if it does not.",
  operands: [],
  flags: {
    format: {
      type: oneOf("text", "json"),
      value: "FORMAT",
      help: "text (default) or json",
    },
  },
  examples: [
    ["rkl daemon status", "See whether it runs, and why"],
    ["rkl daemon status --format json", "Print it for a program, its pid too"],
  ],
  async run({ flags, globals }) {
    const { root } = storeOf(globals);
    const status = await daemonStatus(storeOf(globals));
    if (flags.format === "json") {
      const { is: _is, ...rest } = status ?? {};
      printJson({ running: status !== undefined, root, ...rest });
    } else if (status) {
      formatTable(rowsOf(root, status)).forEach(print);
    } else {
      print(`no daemon of ${root} runs`);
    }
    return status ? 0 : NOT_RUNNING;
  },
});

/** A line a fact. */
function rowsOf(root: string, status: Status): string[][] {
  const { pid, since, version, build, memory, idle, duties } = status;
  const needs = duties.flatMap(({ name, needed }) =>
    needed === undefined ? [] : [`${name}: ${needed}`]
  );
  const none = idle === undefined
    ? "by nothing; it stays until it is stopped"
    : `by nothing; it ends after ${idle} s of that`;
  return [
    ["root", root],
    ["pid", `${pid}`],
    ["since", since],
    ["version", `${version} (${build})`],
    ["memory", `${Math.round(memory / 2 ** 20)} MiB`],
    ["needed", needs.join("; ") || none],
    ...duties.flatMap(({ name, problem }) =>
      problem === undefined ? [] : [["problem", `${name}: ${problem}`]]
    ),
  ];
}
