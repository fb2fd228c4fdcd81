/**
 * `rkl volume prune`
 *
 * @module
 */
import { pruneVolumes } from "../../container/mount/volume_users.ts";
import { FORCE, isConfirmed } from "../confirm.ts";
import { passes } from "../filter.ts";
import { print } from "../output.ts";
import { storeOf } from "../store.ts";
import { prunedLines } from "../system/pruned_text.ts";
import { verb } from "../verb.ts";
import { LABEL_FILTER } from "./filter.ts";

const WARNING = "WARNING! This will remove all volumes that";
const UNNAMED = `${WARNING} nobody named and no container uses.`;
const ALL = `${WARNING} no container uses.`;

export default verb({
  help:
    "Removes volumes that no container uses: those that nobody named, or all. It\n" +
    "asks first.",
  operands: [],
  flags: {
    all: { type: Boolean, alias: "a", help: "Remove those with names too" },
    filter: LABEL_FILTER,
    force: FORCE,
  },
  examples: [
    ["rkl volume prune -f", "Remove what containers left, without a question"],
  ],
  async run({ flags, globals }) {
    const { all = false, filter, force } = flags;
    if (!force && !isConfirmed(all ? ALL : UNNAMED)) return;
    const { volumes, reclaimed } = await pruneVolumes(
      storeOf(globals),
      (volume) => (all || volume.anonymous) && passes(volume, filter),
    );
    prunedLines([["Deleted Volumes:", volumes]], reclaimed).forEach(print);
  },
});
