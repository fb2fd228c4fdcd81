/**
 * `rkl container start`
 *
 * @module
 */
import { startContainer } from "../../container/lifecycle.ts";
import type { StayOptions } from "../../container/stay.ts";
import { STREAMS } from "../../container/streams.ts";
import type { Store } from "../../runtime/store.ts";
import { given } from "../flags.ts";
import { warner } from "../log.ts";
import { print } from "../output.ts";
import { storeOf } from "../store.ts";
import { UsageError } from "../usage.ts";
import { verb } from "../verb.ts";
import { DETACH_KEYS, SIG_PROXY, tellDetached } from "./attach_flags.ts";
import { forEachName } from "./each.ts";

export default verb({
  help:
    "Starts containers that `rkl container create` has made, or that have ended,\n" +
    "once more with the files they left. With --attach or --interactive it stays\n" +
    "with the one it starts, and exits with its exit code.",
  operands: ["NAMES..."],
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
  },
  examples: [
    ["rkl container start web", "Start web"],
    ["rkl container start -ai shell", "Start shell and type into it"],
  ],
  async run({ flags, args: { names }, globals }) {
    const store = storeOf(globals);
    const warn = warner(globals);
    const { attach, interactive, ...rest } = flags;
    if (attach || interactive) {
      return await startOne(store, names, {
        ...given(rest),
        streams: interactive ? STREAMS : ["stdout", "stderr"],
        detached: tellDetached,
        warn,
      });
    }
    return await forEachName(names, async (name) => {
      await startContainer(store, name, { warn });
      print(name);
    });
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
