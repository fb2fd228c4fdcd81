/**
 * `rkl run`
 *
 * @module
 */
import { planCreate, run } from "../runtime/bundle.ts";
import { given } from "./flags.ts";
import { warner } from "./log.ts";
import { CREATE_FLAGS } from "./oci_flags.ts";
import { print } from "./output.ts";
import { storeOf } from "./store.ts";
import { verb } from "./verb.ts";

export default verb({
  help:
    "Creates and starts a container, waits for it to end, deletes it and exits\n" +
    "with its exit code: 128+n if signal n ended it.",
  operands: ["ID"],
  flags: {
    detach: {
      type: Boolean,
      alias: "d",
      help: "Leave the container running and do not wait for it",
    },
    ...CREATE_FLAGS,
  },
  examples: [
    ["rkl run --bundle ./bundle web", "Run the container web to its end"],
    ["rkl run -d --pid-file web.pid web", "Start it in the background"],
  ],
  async run({ flags: { dryRun, bundle = ".", ...flags }, args, globals }) {
    const store = storeOf(globals);
    const options = { bundle, ...given(flags), warn: warner(globals) };
    if (dryRun) {
      const lines = await planCreate(store, args.id, options);
      return lines.forEach(print);
    }
    return await run(store, args.id, options);
  },
});
