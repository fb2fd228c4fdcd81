/**
 * `rkl container delete`
 *
 * @module
 */
import { removeContainer } from "../../container/lifecycle.ts";
import { warner } from "../log.ts";
import { storeOf } from "../store.ts";
import { verb } from "../verb.ts";
import { forEachName } from "./each.ts";
import { SELECT_ALL, selectNames } from "./select.ts";

export default verb({
  help:
    "Deletes containers that have ended: their state, logs and writable layers.",
  operands: ["[NAMES...]"],
  flags: {
    force: {
      type: Boolean,
      alias: "f",
      help: "Kill them first if they run; succeed where there is none",
    },
    ...SELECT_ALL,
  },
  examples: [
    ["rkl container delete --force web", "Delete web, whatever it is doing"],
    ["rkl container delete --all", "Delete all that have ended"],
  ],
  async run({ flags: { force = false, ...selection }, args, globals }) {
    const store = storeOf(globals);
    const warn = warner(globals);
    const suits = ({ status }: { status: string }) =>
      force || status === "stopped";
    const names = await selectNames(store, args.names, selection, suits);
    await forEachName(names, async (name) => {
      await removeContainer(store, name, { force, warn });
      return name;
    });
  },
});
