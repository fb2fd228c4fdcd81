/**
 * `rkl daemon stop`
 *
 * @module
 */
import { stopDaemon } from "../../daemon/client.ts";
import { storeOf } from "../store.ts";
import { verb } from "../verb.ts";

export default verb({
  help:
    "Ends the daemon, and returns once it has ended. Containers go on without it,\n" +
    "but nobody restarts or checks them, answers their questions for names, or\n" +
    "repairs what others do to rkl's packet filter. The next command that needs it\n" +
    "starts it again.",
  operands: [],
  flags: {},
  examples: [["rkl daemon stop", "End the daemon"]],
  async run({ globals }) {
    await stopDaemon(storeOf(globals));
  },
});
