/**
 * `rkl container update`
 *
 * @module
 */
import { Limits } from "../../container/resource_fields.ts";
import { updateContainer } from "../../container/update.ts";
import { check } from "../../sys/schema.ts";
import { storeOf } from "../store.ts";
import { UsageError } from "../usage.ts";
import { verb } from "../verb.ts";
import { forEachName } from "./each.ts";
import { namingFlags } from "./naming_flags.ts";
import { LIMIT_FLAGS, limitFields } from "./resource_flags.ts";
import { flagOf } from "./run_fields.ts";

export default verb({
  help:
    "Changes limits of containers, while they run and from then on. A container\n" +
    "without swap stays without, unless --memory-swap says how much.",
  operands: ["NAMES..."],
  flags: LIMIT_FLAGS,
  examples: [
    ["rkl container update --memory 128m web", "Give web 128 MiB of memory"],
    [
      "rkl container update --cpus 0.5 a b",
      "Let a and b have half a core each",
    ],
  ],
  run({ flags, args, globals }) {
    if (Object.keys(flags).length === 0) {
      throw new UsageError("nothing to change; give it a limit");
    }
    const read = check(Limits, limitFields(flags));
    if ("problems" in read) {
      throw new UsageError(
        read.problems.map(({ path, message }) => `${flagOf(path)}: ${message}`)
          .join("; "),
      );
    }
    const wishes = read.value;
    const store = storeOf(globals);
    return forEachName(args.names, async (name) => {
      await namingFlags(flags, () => updateContainer(store, name, wishes));
      return name;
    });
  },
});
