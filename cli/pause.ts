/**
 * `rkl pause`
 *
 * @module
 */
import { pause } from "../runtime/pause.ts";
import { storeOf } from "./store.ts";
import { verb } from "./verb.ts";

export default verb({
  help: "Suspends all processes of a container until `rkl resume`.",
  operands: ["ID"],
  flags: {},
  examples: [["rkl pause web", "Suspend web"]],
  async run({ args, globals }) {
    await pause(storeOf(globals), args.id);
  },
});
