/**
 * `rkl start`
 *
 * @module
 */
import { start } from "../runtime/start.ts";
import { storeOf } from "./store.ts";
import { verb } from "./verb.ts";

export default verb({
  help: "Lets the process of a created container begin.",
  operands: ["ID"],
  flags: {},
  examples: [["rkl start web", "Start what `rkl create web` has made"]],
  async run({ args, globals }) {
    await start(storeOf(globals), args.id);
  },
});
