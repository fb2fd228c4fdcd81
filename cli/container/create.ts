/**
 * `rkl container create`
 *
 * @module
 */
import { createContainer, planRun } from "../../container/run.ts";
import { given } from "../flags.ts";
import { warner } from "../log.ts";
import { print } from "../output.ts";
import { storeOf } from "../store.ts";
import { verb } from "../verb.ts";
import { namingFlags } from "./naming_flags.ts";
import { loadOrder } from "./load.ts";
import { RUN_FLAGS } from "./run_flags.ts";
import { attachedStreams } from "./run_streams.ts";

export default verb({
  help:
    "Creates a container and prints its id; `rkl container start` lets it begin.\n" +
    "IMAGE, ARGS and flags are those of `rkl container run`.",
  operands: ["IMAGE", "[ARGS...]"],
  stopAtOperand: true,
  refused: async () => (await import("./refused_flags.ts")).REFUSED_FLAGS,
  flags: RUN_FLAGS,
  examples: [
    ["rkl container create --name web web.yaml", "Create the container web"],
  ],
  async run({ flags, args, globals }) {
    const store = storeOf(globals);
    const { specification, wishes } = await loadOrder(flags, args);
    if (flags.dryRun) {
      return (await planRun(store, specification, wishes)).forEach(print);
    }
    const { pidFile, cidfile } = flags;
    const streams = attachedStreams(flags, specification);
    const id = await namingFlags(
      flags,
      () =>
        createContainer(store, specification, {
          ...wishes,
          ...given({ pidFile, cidfile, streams }),
          warn: warner(globals),
        }),
    );
    print(id);
  },
});
