/**
 * `rkl container kill`
 *
 * @module
 */
import { killContainer } from "../../container/lifecycle.ts";
import { print } from "../output.ts";
import { storeOf } from "../store.ts";
import { signal } from "../signal_flag.ts";
import { verb } from "../verb.ts";
import { forEachName } from "./each.ts";

/** What `kill` sends if not told. */
const SIGKILL = 9;

export default verb({
  help: "Sends a signal to the first process of each container.",
  operands: ["NAMES..."],
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
  },
  examples: [["rkl container kill -s HUP web", "Tell web to reload"]],
  run({ flags, args, globals }) {
    const store = storeOf(globals);
    return forEachName(args.names, async (name) => {
      await killContainer(store, name, flags.signal ?? SIGKILL, {
        all: flags.all ?? false,
      });
      print(name);
    });
  },
});
