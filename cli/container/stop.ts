/**
 * `rkl container stop`
 *
 * @module
 */
import { stopContainer } from "../../container/lifecycle.ts";
import { given } from "../flags.ts";
import { warner } from "../log.ts";
import { print } from "../output.ts";
import { storeOf } from "../store.ts";
import { seconds } from "../values.ts";
import { verb } from "../verb.ts";
import { forEachName } from "./each.ts";

export default verb({
  help:
    "Sends each container its stop signal (TERM, unless it was made with another)\n" +
    "and kills it if it has not ended in time.",
  operands: ["NAMES..."],
  flags: {
    time: {
      type: seconds,
      alias: "t",
      value: "SECONDS",
      help:
        "How long to wait before SIGKILL; the container's own by default, 10",
    },
  },
  examples: [[
    "rkl container stop -t 2 web db",
    "Stop both, giving each two seconds",
  ]],
  run({ flags, args, globals }) {
    const store = storeOf(globals);
    const warn = warner(globals);
    return forEachName(args.names, async (name) => {
      await stopContainer(store, name, {
        ...given({ timeout: flags.time }),
        warn,
      });
      print(name);
    });
  },
});
