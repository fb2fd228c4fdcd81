/**
 * `rkl container list`
 *
 * @module
 */
import { reviveDaemon } from "../../daemon/client.ts";
import { listContainers, type Summary } from "../../container/describe.ts";
import { print, printJson } from "../output.ts";
import { storeOf } from "../store.ts";
import { formatTable } from "../table.ts";
import { oneOf } from "../values.ts";
import { verb } from "../verb.ts";
import { portsText } from "./ports_text.ts";

export default verb({
  help: "Lists containers: those that run or are about to, or all.",
  operands: [],
  flags: {
    all: { type: Boolean, alias: "a", help: "List ended containers too" },
    quiet: { type: Boolean, alias: "q", help: "Print names only" },
    format: {
      type: oneOf("table", "json"),
      value: "FORMAT",
      help: "table (default) or json",
    },
  },
  examples: [
    ["rkl container list", "Print a table of what runs"],
    ["rkl container list -aq", "Print the names of all"],
  ],
  async run({ flags, globals }) {
    const store = storeOf(globals);
    await reviveDaemon(store);
    const all = await listContainers(store);
    const shown = flags.all
      ? all
      : all.filter(({ status }) => status !== "stopped");
    if (flags.quiet) {
      for (const { id } of shown) print(id);
    } else if (flags.format === "json") {
      printJson(shown);
    } else {
      const rows = shown.map((container) => [
        container.id,
        String(container.pid ?? 0),
        statusText(container),
        container.image,
        container.created,
        portsText(container.ports ?? []),
      ]);
      const head = ["ID", "PID", "STATUS", "IMAGE", "CREATED", "PORTS"];
      for (const line of formatTable([head, ...rows])) print(line);
    }
  },
});

/** As `docker ps` tells of health. */
function statusText({ status, health }: Summary): string {
  if (health === undefined) return status;
  return `${status} (${health === "starting" ? "health: starting" : health})`;
}
