/**
 * `rkl container start`
 *
 * @module
 */
import { startContainer } from "../../container/start.ts";
import type { StayOptions } from "../../container/stay.ts";
import { STREAMS } from "../../container/streams.ts";
import type { Store } from "../../runtime/store.ts";
import { given } from "../flags.ts";
import { warner } from "../log.ts";
import { storeOf } from "../store.ts";
import { UsageError } from "../usage.ts";
import { verb } from "../verb.ts";
import { DETACH_KEYS, SIG_PROXY, tellDetached } from "./attach_flags.ts";
import { BIRTHS_AT_ONCE, forEachName } from "./each.ts";
import { SELECT, selectNames } from "./select.ts";

export default verb({
  help:
    "Starts containers that `rkl container create` has made, or that have ended,\n" +
    "once more with the files they left. With --attach or --interactive it stays\n" +
    "with the one it starts, and exits with its exit code.",
  operands: ["[NAMES...]"],
  flags: {
    attach: {
      type: Boolean,
      alias: "a",
      help: "Show what it writes, and pass signals on",
    },
    interactive: {
      type: Boolean,
      alias: "i",
      help: "Let it read this command's stdin, too",
    },
    ...DETACH_KEYS,
    ...SIG_PROXY,
    ...SELECT,
  },
  examples: [
    ["rkl container start web", "Start web"],
    ["rkl container start -ai shell", "Start shell and type into it"],
    ["rkl container start --filter status=exited", "Start all that have ended"],
  ],
  async run({ flags, args, globals }) {
    const store = storeOf(globals);
    const warn = warner(globals);
    const names = await selectNames(store, args.names, flags);
    const { attach, interactive, detachKeys, sigProxy } = flags;
    if (attach || interactive) {
      return await startOne(store, names, {
        ...given({ detachKeys, sigProxy }),
        streams: interactive ? STREAMS : ["stdout", "stderr"],
        detached: tellDetached,
        warn,
      });
    }
    await forEachName(names, async (name) => {
      await startContainer(store, name, { warn });
      return name;
    }, { atOnce: BIRTHS_AT_ONCE });
  },
});

/** With somebody attached to it, as docker has it for one alone. */
async function startOne(
  store: Store,
  [name, ...others]: readonly string[],
  options: StayOptions,
): Promise<number> {
  if (others.length > 0) {
    throw new UsageError(
      "cannot start and attach to several containers at once",
    );
  }
  const { startAttached } = await import("../../container/join.ts");
  return await startAttached(store, name!, options);
}
