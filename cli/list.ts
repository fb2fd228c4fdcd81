/**
 * `rkl list`
 *
 * @module
 */
import { list } from "../runtime/status.ts";
import { print, printJson } from "./output.ts";
import { storeOf } from "./store.ts";
import { formatTable } from "./table.ts";
import { oneOf } from "./values.ts";
import { verb } from "./verb.ts";

export default verb({
  help: "Lists the containers below --root.",
  operands: [],
  flags: {
    quiet: { type: Boolean, alias: "q", help: "Print ids only" },
    format: {
      type: oneOf("table", "json"),
      alias: "f",
      value: "FORMAT",
      help: "table (default) or json",
    },
  },
  examples: [
    ["rkl list", "Print a table"],
    ["rkl --root /run/other list --format json", "Print the states as JSON"],
  ],
  async run({ flags, globals }) {
    const states = await list(storeOf(globals));
    if (flags.quiet) {
      for (const { id } of states) print(id);
    } else if (flags.format === "json") {
      printJson(states);
    } else {
      const rows = states.map((state) => [
        state.id,
        String(state.pid ?? 0),
        state.status,
        state.bundle,
        state.created,
      ]);
      const head = ["ID", "PID", "STATUS", "BUNDLE", "CREATED"];
      for (const line of formatTable([head, ...rows])) print(line);
    }
  },
});
