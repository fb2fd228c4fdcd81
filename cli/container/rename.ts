/**
 * `rkl container rename`
 *
 * @module
 */
import { renameContainer } from "../../container/rename.ts";
import { warner } from "../log.ts";
import { storeOf } from "../store.ts";
import { verb } from "../verb.ts";

export default verb({
  help:
    "Gives a container another name. Its host name stays; on its networks it is\n" +
    "found by the new one.",
  operands: ["NAME", "NEW"],
  flags: {},
  examples: [["rkl container rename web shop", "Call web shop"]],
  async run({ args, globals }) {
    await renameContainer(
      storeOf(globals),
      args.name,
      args.new,
      warner(globals),
    );
  },
});
