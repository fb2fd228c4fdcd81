/**
 * `rkl volume inspect`
 *
 * @module
 */
import { volumeUsers } from "../../container/volume_users.ts";
import { findVolume } from "../../volume/store.ts";
import { printJson } from "../output.ts";
import { storeOf } from "../store.ts";
import { verb } from "../verb.ts";
import { detailsOf } from "./details.ts";

export default verb({
  help:
    "Prints all that is known of volumes as a JSON array: where they are, how they\n" +
    "were made, and which containers use them.",
  operands: ["VOLUMES..."],
  flags: {},
  examples: [["rkl volume inspect files", "Print what is known of files"]],
  run({ args, globals }) {
    const store = storeOf(globals);
    const users = volumeUsers(store);
    const volumes = args.volumes.map((name) => findVolume(store, name));
    printJson(volumes.map((volume) => detailsOf(store, volume, users)));
  },
});
