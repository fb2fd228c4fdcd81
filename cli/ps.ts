/**
 * `rkl ps`
 *
 * @module
 */
import { processes } from "../runtime/status.ts";
import { print, printJson } from "./output.ts";
import { psLines } from "./ps_table.ts";
import { storeOf } from "./store.ts";
import { oneOf } from "./values.ts";
import { verb } from "./verb.ts";

export default verb({
  help:
    "Lists the processes of a container by their pids on the host. The table is\n" +
    "that of ps(1), with its options (-ef by default) after ID.",
  operands: ["ID", "[OPTIONS...]"],
  stopAtOperand: true,
  flags: {
    format: {
      type: oneOf("table", "json"),
      alias: "f",
      value: "FORMAT",
      help: "table (default), or json: an array of pids",
    },
  },
  examples: [
    ["rkl ps web", "Print a table"],
    ["rkl ps web -o pid,rss,comm", "Choose the columns, the pid among them"],
    ["rkl ps --format json web", "Print the pids"],
  ],
  async run({ flags, args, globals }) {
    const pids = await processes(storeOf(globals), args.id);
    if (flags.format === "json") return printJson(pids);
    const lines = await psLines(pids, args.options, "--format json");
    for (const line of lines) print(line);
  },
});
