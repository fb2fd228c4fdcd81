/**
 * `rkl volume inspect`
 *
 * @module
 */
import { volumeUsers } from "../../container/mount/volume_users.ts";
import { findVolume } from "../../volume/store.ts";
import { type Description, INSPECT_FORMAT, inspectorOf } from "../format.ts";
import { print } from "../output.ts";
import { storeOf } from "../store.ts";
import { verb } from "../verb.ts";
import { detailsOf, type VolumeDetails } from "./details.ts";

/** What templates may ask besides: docker's name. */
const DESCRIPTION: Description<VolumeDetails> = {
  fields: { CreatedAt: ({ created }) => created },
  optional: ["mountpoint"],
  maps: ["labels", "options"],
};

export default verb({
  help:
    "Prints all that is known of volumes as a JSON array: where they are, how they\n" +
    "were made, and which containers use them.",
  operands: ["VOLUMES..."],
  flags: { format: INSPECT_FORMAT },
  examples: [
    ["rkl volume inspect files", "Print what is known of files"],
    ["rkl volume inspect -f '{{.Mountpoint}}' files", "Print where it is"],
  ],
  async run({ args, flags, globals }) {
    const format = await inspectorOf(flags.format, DESCRIPTION);
    const store = storeOf(globals);
    const users = volumeUsers(store);
    const volumes = args.volumes.map((name) => findVolume(store, name));
    const details = volumes.map((volume) => detailsOf(store, volume, users));
    for (const line of format(details)) print(line);
  },
});
