/**
 * `rkl resume`
 *
 * @module
 */
import { resume } from "../runtime/pause.ts";
import { storeOf } from "./store.ts";
import { verb } from "./verb.ts";

export default verb({
  help: "Lets the processes of a paused container go on.",
  operands: ["ID"],
  flags: {},
  examples: [["rkl resume web", "Let web go on"]],
  async run({ args, globals }) {
    await resume(storeOf(globals), args.id);
  },
});
