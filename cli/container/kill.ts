/**
 * `rkl container kill`
 *
 * @module
 */
import { SIGKILL } from "../../sys/process.ts";
import { killContainer } from "../../container/kill.ts";
import { storeOf } from "../store.ts";
import { signal } from "../signal_flag.ts";
import { verb } from "../verb.ts";
import { forEachName } from "./each.ts";
import { SELECT, selectNames } from "./select.ts";

export default verb({
  help: "Sends a signal to the first process of each container.",
  operands: ["[NAMES...]"],
  flags: {
    signal: {
      type: signal,
      alias: "s",
      value: "SIGNAL",
      help: "Name or number; KILL by default",
    },
    all: {
      type: Boolean,
      alias: "a",
      help: "Send it to all processes of the container",
    },
    ...SELECT,
  },
  examples: [["rkl container kill -s HUP web", "Tell web to reload"]],
  async run({ flags, args, globals }) {
    const store = storeOf(globals);
    const { latest, filter, signal = SIGKILL, all = false } = flags;
    const isLive = ({ status }: { status: string }) => status !== "stopped";
    const selection = { latest, filter };
    const names = await selectNames(store, args.names, selection, isLive);
    await forEachName(names, async (name) => {
      await killContainer(store, name, signal, { all });
      return name;
    });
  },
});
