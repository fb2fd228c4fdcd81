/**
 * `rkl delete`
 *
 * @module
 */
import { remove } from "../runtime/delete.ts";
import { storeOf } from "./store.ts";
import { verb } from "./verb.ts";

export default verb({
  help:
    "Deletes a stopped container: its cgroups and its state. The bundle stays.",
  operands: ["ID"],
  flags: {
    force: {
      type: Boolean,
      alias: "f",
      help: "Kill it first if it runs; succeed if it does not exist",
    },
  },
  examples: [
    ["rkl delete web", "Delete web, which has stopped"],
    ["rkl delete --force web", "Delete web, whatever it is doing"],
  ],
  async run({ flags, args, globals }) {
    await remove(storeOf(globals), args.id, { force: flags.force ?? false });
  },
});
