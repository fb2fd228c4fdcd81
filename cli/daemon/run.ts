/**
 * `rkl daemon run`
 *
 * @module
 */
import { daemonStatus, replaceDaemon } from "../../daemon/client.ts";
import { logger } from "../../daemon/log.ts";
import { notifyReady } from "../../daemon/notify.ts";
import { tryHold } from "../../daemon/place.ts";
import { given } from "../flags.ts";
import { print } from "../output.ts";
import { storeOf } from "../store.ts";
import { seconds } from "../values.ts";
import { verb } from "../verb.ts";
import { serveStore } from "./serve.ts";

export default verb({
  help:
    "Runs the daemon here, until a signal or `rkl daemon stop` ends it, and logs\n" +
    "to stderr. Where one runs already, says so and succeeds. Commands start the\n" +
    "daemon themselves when they need it; this is for those who want to watch it,\n" +
    "or to have it run by a supervisor, as `rkl daemon unit` does.",
  operands: [],
  flags: {
    replace: {
      type: Boolean,
      help: "End the one that runs, and take its place",
    },
    idle: {
      type: seconds,
      value: "SECONDS",
      help: "End after SECONDS in which nothing needed it",
    },
  },
  examples: [["rkl daemon run", "Watch what the daemon does"]],
  async run({ flags, globals }) {
    const store = storeOf(globals);
    const hold = flags.replace ? await replaceDaemon(store) : tryHold(store);
    if (hold) {
      notifyReady();
      const { idle } = flags;
      return await serveStore(store, hold, {
        log: logger(),
        ...given({ idle }),
      });
    }
    const status = await daemonStatus(store);
    print(
      `the daemon of ${store.root} ` +
        (status
          ? `runs already, pid ${status.pid}`
          : "is just starting or ending"),
    );
  },
});
