/**
 * `rkl volume list`
 *
 * @module
 */
import { findAll } from "../../container/find.ts";
import { volumeUsers } from "../../container/volume_users.ts";
import { listVolumes } from "../../volume/store.ts";
import type { FlagTable } from "../flags.ts";
import { passes } from "../network/filter.ts";
import { print, printJson } from "../output.ts";
import { storeOf } from "../store.ts";
import { formatTable } from "../table.ts";
import { oneOf } from "../values.ts";
import { verb } from "../verb.ts";
import { detailsOf } from "./details.ts";
import { FILTER } from "./filter.ts";

const FLAGS = {
  filter: FILTER,
  quiet: { type: Boolean, alias: "q", help: "Print names only" },
  format: {
    type: oneOf("table", "json"),
    value: "FORMAT",
    help: "table (default) or json",
  },
} as const satisfies FlagTable;

export default verb({
  help: "Lists volumes.",
  operands: [],
  flags: FLAGS,
  examples: [
    ["rkl volume list", "Print a table of the volumes"],
    ["rkl volume list -q --filter dangling=true", "Those nobody uses"],
  ],
  async run({ flags, globals }) {
    const store = storeOf(globals);
    await findAll(store); // what a crash left uses none
    const users = volumeUsers(store);
    const volumes = listVolumes(store).filter((volume) =>
      passes({ ...volume, used: users.has(volume.name) }, flags.filter)
    );
    if (flags.quiet) return volumes.forEach(({ name }) => print(name));
    if (flags.format === "json") {
      return printJson(volumes.map((one) => detailsOf(store, one, users)));
    }
    const rows = volumes.map(({ driver, name }) => [driver, name]);
    formatTable([["DRIVER", "VOLUME NAME"], ...rows]).forEach(print);
  },
});
