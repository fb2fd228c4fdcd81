/**
 * `rkl volume list`
 *
 * @module
 */
import { findAll } from "../../container/find.ts";
import { volumeUsers } from "../../container/mount/volume_users.ts";
import { listVolumes } from "../../volume/store.ts";
import { passes } from "../filter.ts";
import type { FlagTable } from "../flags.ts";
import { FORMAT, formatterOf } from "../format.ts";
import { print } from "../output.ts";
import { storeOf } from "../store.ts";
import { verb } from "../verb.ts";
import { detailsOf } from "./details.ts";
import { FILTER } from "./filter.ts";
import { listFields, VOLUME_LISTING } from "./list_fields.ts";

const FLAGS = {
  filter: { ...FILTER, alias: "f" },
  quiet: { type: Boolean, alias: "q", help: "Print names only" },
  format: FORMAT,
} as const satisfies FlagTable;

export default verb({
  help: "Lists volumes.",
  operands: [],
  flags: FLAGS,
  examples: [
    ["rkl volume list", "Print a table of the volumes"],
    ["rkl volume list -q --filter dangling=true", "Those nobody uses"],
    [
      "rkl volume list --format 'table {{.Name}}\\t{{.Containers}}'",
      "Print how many use each",
    ],
  ],
  async run({ flags, globals }) {
    const format = await formatterOf(flags.format, VOLUME_LISTING);
    const store = storeOf(globals);
    await findAll(store); // what a crash left uses none
    const users = volumeUsers(store);
    const volumes = listVolumes(store).filter((volume) =>
      passes({ ...volume, used: users.has(volume.name) }, flags.filter)
    );
    if (flags.quiet) return volumes.forEach(({ name }) => print(name));
    const details = volumes.map((volume) => detailsOf(store, volume, users));
    for (const line of format(details.map(listFields))) print(line);
  },
});
