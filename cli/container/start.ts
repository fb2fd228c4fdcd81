/**
 * `rkl container start`
 *
 * @module
 */
import { startContainer } from "../../container/lifecycle.ts";
import { warner } from "../log.ts";
import { storeOf } from "../store.ts";
import { verb } from "../verb.ts";
import { BIRTHS_AT_ONCE, forEachName } from "./each.ts";
import { SELECT, selectNames } from "./select.ts";

export default verb({
  help:
    "Starts containers that `rkl container create` has made, or that have ended,\n" +
    "once more with the files they left.",
  operands: ["[NAMES...]"],
  flags: SELECT,
  examples: [
    ["rkl container start web", "Start web"],
    ["rkl container start --filter status=exited", "Start all that have ended"],
  ],
  async run({ flags, args, globals }) {
    const store = storeOf(globals);
    const warn = warner(globals);
    const names = await selectNames(store, args.names, flags);
    await forEachName(names, async (name) => {
      await startContainer(store, name, { warn });
      return name;
    }, { atOnce: BIRTHS_AT_ONCE });
  },
});
