/**
 * `rkl container restart`
 *
 * @module
 */
import { restartContainer } from "../../container/start.ts";
import { given } from "../flags.ts";
import { warner } from "../log.ts";
import { storeOf } from "../store.ts";
import { verb } from "../verb.ts";
import { BIRTHS_AT_ONCE, forEachName } from "./each.ts";
import { SELECT_ALL, selectNames } from "./select.ts";
import { STOP_FLAGS } from "./stop_flags.ts";

export default verb({
  help:
    "Stops each container, as `rkl container stop`, and starts it again; one that\n" +
    "does not run is started.",
  operands: ["[NAMES...]"],
  flags: { ...STOP_FLAGS, ...SELECT_ALL },
  examples: [
    ["rkl container restart -t 2 web", "Restart web, giving it two seconds"],
  ],
  async run({ flags: { time, signal, ...selection }, args, globals }) {
    const store = storeOf(globals);
    const options = {
      ...given({ timeout: time, signal }),
      warn: warner(globals),
    };
    const names = await selectNames(store, args.names, selection);
    await forEachName(names, async (name) => {
      await restartContainer(store, name, options);
      return name;
    }, { atOnce: BIRTHS_AT_ONCE });
  },
});
