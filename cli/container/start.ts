/**
 * `rkl container start`
 *
 * @module
 */
import { startContainer } from "../../container/lifecycle.ts";
import { print } from "../output.ts";
import { storeOf } from "../store.ts";
import { verb } from "../verb.ts";
import { forEachName } from "./each.ts";

export default verb({
  help: "Starts containers that `rkl container create` has made.",
  operands: ["NAMES..."],
  flags: {},
  examples: [["rkl container start web", "Start web"]],
  run({ args, globals }) {
    const store = storeOf(globals);
    return forEachName(args.names, async (name) => {
      await startContainer(store, name);
      print(name);
    });
  },
});
