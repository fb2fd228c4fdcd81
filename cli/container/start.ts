/**
 * `rkl container start`
 *
 * @module
 */
import { startContainer } from "../../container/lifecycle.ts";
import { warner } from "../log.ts";
import { print } from "../output.ts";
import { storeOf } from "../store.ts";
import { verb } from "../verb.ts";
import { forEachName } from "./each.ts";

export default verb({
  help:
    "Starts containers that `rkl container create` has made, or that have ended,\n" +
    "once more with the files they left.",
  operands: ["NAMES..."],
  flags: {},
  examples: [["rkl container start web", "Start web"]],
  run({ args, globals }) {
    const store = storeOf(globals);
    const warn = warner(globals);
    return forEachName(args.names, async (name) => {
      await startContainer(store, name, { warn });
      print(name);
    });
  },
});
