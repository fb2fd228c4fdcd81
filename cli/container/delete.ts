/**
 * `rkl container delete`
 *
 * @module
 */
import type { Summary } from "../../container/describe.ts";
import { isIdle } from "../../container/discard.ts";
import { removeContainer } from "../../container/remove.ts";
import { warner } from "../log.ts";
import { storeOf } from "../store.ts";
import { verb } from "../verb.ts";
import { forEachName } from "./each.ts";
import { SELECT_ALL, selectNames } from "./select.ts";

export default verb({
  help:
    "Deletes containers that do not run: their state, logs and writable layers.\n" +
    "What volumes hold stays, but for --volumes.",
  operands: ["[NAMES...]"],
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
    ...SELECT_ALL,
  },
  examples: [
    ["rkl container delete --force web", "Delete web, whatever it is doing"],
    ["rkl container delete --all", "Delete all that do not run"],
  ],
  async run({ flags, args, globals }) {
    const { force = false, volumes = false, ...selection } = flags;
    const store = storeOf(globals);
    const warn = warner(globals);
    const suits = ({ status }: Summary) => force || isIdle(status);
    const names = await selectNames(store, args.names, selection, suits);
    await forEachName(names, async (name) => {
      await removeContainer(store, name, { force, volumes, warn });
      return name;
    });
  },
});
