/**
 * `rkl container list`
 *
 * @module
 */
import { reviveDaemon } from "../../daemon/client.ts";
import { listContainers, type Summary } from "../../container/describe.ts";
import { passes } from "../filter.ts";
import type { FlagTable } from "../flags.ts";
import { FORMAT, formatterOf } from "../format.ts";
import { warner } from "../log.ts";
import { print } from "../output.ts";
import { storeOf } from "../store.ts";
import { integer } from "../values.ts";
import { verb } from "../verb.ts";
import { type ContainerFilter, FILTER } from "./filter.ts";
import { listFields, LISTING } from "./list_fields.ts";
import { latestFirst } from "./select.ts";

const FLAGS = {
  all: { type: Boolean, alias: "a", help: "List ended containers too" },
  filter: { ...FILTER, alias: "f" },
  format: FORMAT,
  last: {
    type: integer(1),
    alias: "n",
    value: "N",
    help: "Only the N that were created last, ended ones too",
  },
  latest: {
    type: Boolean,
    alias: "l",
    help: "Only the one that was created last, even if it has ended",
  },
  noTrunc: { type: Boolean, help: "Show ids and commands in full" },
  quiet: { type: Boolean, alias: "q", help: "Print ids only" },
} as const satisfies FlagTable;

export default verb({
  help: "Lists containers: those that run or are about to, or all.",
  operands: [],
  flags: FLAGS,
  examples: [
    ["rkl container list", "Print a table of what runs"],
    ["rkl container list -aq", "Print the ids of all"],
    [
      "rkl container list -a --filter exited=137 --filter label=app=web",
      "Those of an application that were killed",
    ],
    [
      "rkl container list --format 'table {{.Names}}\\t{{.Status}}'",
      "Choose the columns",
    ],
  ],
  async run({ flags, globals }) {
    const store = storeOf(globals);
    await reviveDaemon(store);
    const { quiet = false, noTrunc = false } = flags;
    const format = await formatterOf(flags.format, LISTING);
    const warn = warner(globals);
    const all = await listContainers(
      store,
      (_, error) => warn((error as Error).message),
    );
    const chosen = choose(latestFirst(all), flags);
    const now = new Date();
    // A program wants all of it, as docker has it.
    const full = noTrunc || (flags.format?.kind === "json" && !quiet);
    const rows = chosen.map((one) => listFields(one, { full, now }));
    if (quiet) {
      for (const { ID } of rows) print(ID);
    } else {
      for (const line of format(rows)) print(line);
    }
  },
});

/** Those that are asked for. A filter on what has ended means ended ones. */
function choose(
  all: readonly Summary[],
  { all: every = false, latest = false, last = latest ? 1 : 0, filter }: {
    all?: boolean | undefined;
    latest?: boolean | undefined;
    last?: number | undefined;
    filter: readonly ContainerFilter[];
  },
): Summary[] {
  const ended = every || last > 0 ||
    filter.some(({ key }) => key === "status" || key === "exited");
  const passed = all.filter((container) =>
    (ended || container.status !== "stopped") &&
    passes({ container, all }, filter)
  );
  return last > 0 ? passed.slice(0, last) : passed;
}
