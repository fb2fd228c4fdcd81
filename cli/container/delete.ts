/**
 * `rkl container delete`
 *
 * @module
 */
import { removeContainer } from "../../container/lifecycle.ts";
import { warner } from "../log.ts";
import { print } from "../output.ts";
import { storeOf } from "../store.ts";
import { verb } from "../verb.ts";
import { forEachName } from "./each.ts";

export default verb({
  help:
    "Deletes containers that have ended: their state, logs and writable layers.",
  operands: ["NAMES..."],
  flags: {
    force: {
      type: Boolean,
      alias: "f",
      help: "Kill them first if they run; succeed where there is none",
    },
    volumes: {
      type: Boolean,
      alias: "v",
      help: "Delete their own volumes too: those that nobody named",
    },
  },
  examples: [[
    "rkl container delete --force web",
    "Delete web, whatever it is doing",
  ]],
  run({ flags, args, globals }) {
    const store = storeOf(globals);
    const warn = warner(globals);
    return forEachName(args.names, async (name) => {
      await removeContainer(store, name, {
        force: flags.force ?? false,
        volumes: flags.volumes ?? false,
        warn,
      });
      print(name);
    });
  },
});
