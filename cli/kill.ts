/**
 * `rkl kill`
 *
 * @module
 */
import { kill } from "../runtime/kill.ts";
import { signalOf } from "./signal_flag.ts";
import { storeOf } from "./store.ts";
import { verb } from "./verb.ts";

export default verb({
  help:
    "Sends a signal to the first process of a container. SIGNAL is a name or a\n" +
    "number, TERM by default.",
  operands: ["ID", "[SIGNAL]"],
  flags: {
    all: {
      type: Boolean,
      alias: "a",
      help: "Send it to all processes of the container",
    },
  },
  examples: [
    ["rkl kill web", "Send SIGTERM"],
    ["rkl kill --all web KILL", "Kill all processes of web"],
  ],
  async run({ flags, args, globals }) {
    const signal = signalOf(args.signal ?? "TERM");
    await kill(storeOf(globals), args.id, signal, { all: flags.all ?? false });
  },
});
