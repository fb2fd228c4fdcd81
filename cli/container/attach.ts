/**
 * `rkl container attach`
 *
 * @module
 */
import { attachContainer } from "../../container/join.ts";
import { given } from "../flags.ts";
import { warner } from "../log.ts";
import { storeOf } from "../store.ts";
import { verb } from "../verb.ts";
import { DETACH_KEYS, SIG_PROXY, tellDetached } from "./attach_flags.ts";

export default verb({
  help:
    "Shows what a running container writes from now on, lets it read this command's\n" +
    "stdin if it was made with --interactive, and exits with its exit code. Others\n" +
    "may be attached to it at the same time. Ctrl-P Ctrl-Q leaves a terminal without\n" +
    "ending the container.",
  operands: ["NAME"],
  flags: {
    noStdin: { type: Boolean, help: "Leave its stdin alone" },
    ...DETACH_KEYS,
    ...SIG_PROXY,
  },
  examples: [
    ["rkl container attach web", "Watch web, and stop it with Ctrl-C"],
    [
      "rkl container attach --no-stdin --sig-proxy=false web",
      "Watch web, whatever happens here",
    ],
  ],
  async run({ flags: { noStdin, ...flags }, args, globals }) {
    return await attachContainer(storeOf(globals), args.name, {
      ...given(flags),
      ...(noStdin && { streams: ["stdout", "stderr"] }),
      detached: tellDetached,
      warn: warner(globals),
    });
  },
});
