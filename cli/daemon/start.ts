/**
 * `rkl daemon start`
 *
 * @module
 */
import { daemonStatus, pokeDaemon } from "../../daemon/client.ts";
import { warner } from "../log.ts";
import { print } from "../output.ts";
import { storeOf } from "../store.ts";
import { verb } from "../verb.ts";

export default verb({
  help:
    "Has the daemon run in the background, and look after what is there now. It\n" +
    "ends when nothing needs it. Commands start it themselves; this is for when\n" +
    "it was stopped or killed.",
  operands: [],
  flags: {},
  examples: [["rkl daemon start", "Start it again after a stop"]],
  async run({ globals }) {
    const store = storeOf(globals);
    (await pokeDaemon(store)).forEach(warner(globals));
    const status = await daemonStatus(store);
    if (status) print(`${status.pid}`);
  },
});
