/**
 * `rkl create`
 *
 * @module
 */
import { create, planCreate } from "../runtime/bundle.ts";
import { given } from "./flags.ts";
import { warner } from "./log.ts";
import { CREATE_FLAGS } from "./oci_flags.ts";
import { print } from "./output.ts";
import { storeOf } from "./store.ts";
import { verb } from "./verb.ts";

export default verb({
  help:
    "Creates a container from a bundle: everything config.json asks for is set\n" +
    "up, and the process waits for `rkl start`.",
  operands: ["ID"],
  flags: CREATE_FLAGS,
  examples: [
    ["rkl create --bundle ./bundle web", "Create the container web"],
    ["rkl create --dry-run web", "Show what creating it would do"],
  ],
  async run({ flags: { dryRun, bundle = ".", ...flags }, args, globals }) {
    const store = storeOf(globals);
    const options = { bundle, ...given(flags), warn: warner(globals) };
    if (dryRun) {
      const lines = await planCreate(store, args.id, options);
      return lines.forEach(print);
    }
    await create(store, args.id, options);
  },
});
