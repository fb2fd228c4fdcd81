/**
 * `rkl container run`
 *
 * @module
 */
import { planRun, runContainer } from "../../container/run.ts";
import { given } from "../flags.ts";
import { warner } from "../log.ts";
import { print } from "../output.ts";
import { storeOf } from "../store.ts";
import { verb } from "../verb.ts";
import { namingFlags } from "./naming_flags.ts";
import { loadOrder } from "./load.ts";
import { DETACH_KEYS, SIG_PROXY, tellDetached } from "./attach_flags.ts";
import { RUN_FLAGS } from "./run_flags.ts";
import { attachedStreams } from "./run_streams.ts";

export default verb({
  help:
    "Runs a container and exits with its exit code: 128+n if signal n ended it.\n" +
    "IMAGE is the directory of a bundle or of a root filesystem, or a specification\n" +
    "file in YAML, which the flags change. ARGS replace the command of the image.\n" +
    "Ctrl-P Ctrl-Q leaves a terminal without ending the container.",
  operands: ["IMAGE", "[ARGS...]"],
  stopAtOperand: true,
  refused: async () => (await import("./refused_flags.ts")).REFUSED_FLAGS,
  flags: {
    detach: {
      type: Boolean,
      alias: "d",
      help: "Print the id and leave the container running",
    },
    ...RUN_FLAGS,
    ...DETACH_KEYS,
    ...SIG_PROXY,
  },
  examples: [
    ["rkl container run --rm web.yaml", "Run what a file describes"],
    [
      "rkl container run --rm -m 64Mi ./bundles/busybox echo hi",
      "Run a command with at most 64 MiB of memory",
    ],
    ["rkl container run -it --rm ./bundles/busybox sh", "Open a shell"],
    [
      "rkl container run -d --name web -v ./site:/www:ro ./image httpd -f -h /www",
      "Run a server in the background",
    ],
    [
      "rkl container run -d --network front:ip=10.9.0.5,alias=www ./image httpd -f",
      "Put it on the network front, and say where and as what",
    ],
    ["rkl container run --dry-run web.yaml", "Show what running it would do"],
  ],
  async run({ flags, args, globals }) {
    const store = storeOf(globals);
    const { specification, wishes } = await loadOrder(flags, args);
    if (flags.dryRun) {
      return (await planRun(store, specification, wishes)).forEach(print);
    }
    const { detach, pidFile, cidfile, detachKeys, sigProxy } = flags;
    const streams = attachedStreams(flags, specification);
    // Who sees no output sees its id, to look at that later.
    const unseen = detach || streams?.every((name) => name === "stdin");
    return await namingFlags(flags, () =>
      runContainer(store, specification, {
        ...wishes,
        ...given({ detach, pidFile, cidfile, detachKeys, sigProxy, streams }),
        ...(unseen && { named: print }),
        detached: tellDetached,
        warn: warner(globals),
      }));
  },
});
