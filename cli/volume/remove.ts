/**
 * `rkl volume remove`
 *
 * @module
 */
import { removeVolume } from "../../container/mount/volume_users.ts";
import { NoSuchVolumeError } from "../../volume/volume.ts";
import { forEachName } from "../container/each.ts";
import { storeOf } from "../store.ts";
import { verb } from "../verb.ts";

export default verb({
  help: "Removes volumes that no container uses, and all that is in them.",
  operands: ["VOLUMES..."],
  flags: {
    force: {
      type: Boolean,
      alias: "f",
      help: "Succeed where there is none",
    },
  },
  examples: [["rkl volume remove files", "Remove files"]],
  run({ flags, args, globals }) {
    const store = storeOf(globals);
    return forEachName(args.volumes, async (name) => {
      try {
        await removeVolume(store, name);
      } catch (error) {
        if (!(error instanceof NoSuchVolumeError && flags.force)) throw error;
      }
      return name;
    });
  },
});
