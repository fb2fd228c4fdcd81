/**
 * `rkl container stop`
 *
 * @module
 */
import { stopContainer } from "../../container/stop.ts";
import { given } from "../flags.ts";
import { warner } from "../log.ts";
import { storeOf } from "../store.ts";
import { verb } from "../verb.ts";
import { forEachName } from "./each.ts";
import { SELECT_ALL, selectNames } from "./select.ts";
import { STOP_FLAGS } from "./stop_flags.ts";

export default verb({
  help:
    "Sends each container its stop signal (TERM, unless it was made with another)\n" +
    "and kills it if it has not ended in time.",
  operands: ["[NAMES...]"],
  flags: { ...STOP_FLAGS, ...SELECT_ALL },
  examples: [
    ["rkl container stop -t 2 web db", "Stop both, giving each two seconds"],
    ["rkl container stop --all", "Stop all that run"],
  ],
  async run({ flags: { time, signal, ...selection }, args, globals }) {
    const store = storeOf(globals);
    const options = {
      ...given({ timeout: time, signal }),
      warn: warner(globals),
    };
    const isLive = ({ status }: { status: string }) => status !== "stopped";
    const names = await selectNames(store, args.names, selection, isLive);
    await forEachName(names, async (name) => {
      await stopContainer(store, name, options);
      return name;
    });
  },
});
