/**
 * `rkl container update`
 *
 * @module
 */
import { Limits } from "../../container/specification/resource_fields.ts";
import { parseRestartPolicy } from "../../container/restart/policy.ts";
import { setRestartPolicy } from "../../container/restart/set.ts";
import { updateContainer } from "../../container/update.ts";
import { check } from "../../sys/schema.ts";
import { warner } from "../log.ts";
import { storeOf } from "../store.ts";
import { UsageError } from "../usage.ts";
import { verb } from "../verb.ts";
import { forEachName } from "./each.ts";
import { namingFlags } from "./naming_flags.ts";
import { LIMIT_FLAGS, limitFields } from "./resource_flags.ts";

export default verb({
  help:
    "Changes limits and the restart policy of containers, while they run and from\n" +
    "then on. A container without swap stays without, unless --memory-swap says how\n" +
    "much.",
  operands: ["NAMES..."],
  flags: {
    ...LIMIT_FLAGS,
    restart: {
      type: parseRestartPolicy,
      value: "POLICY",
      help: "What follows its end: no, always, on-failure[:N], unless-stopped",
    },
  },
  examples: [
    ["rkl container update --memory 128m web", "Give web 128 MiB of memory"],
    [
      "rkl container update --cpus 0.5 a b",
      "Let a and b have half a core each",
    ],
  ],
  async run({ flags: { restart, ...flags }, args, globals }) {
    const limits = Object.values(flags).flat().some((one) => one !== undefined);
    if (!limits && !restart) {
      throw new UsageError("nothing to change; give it a limit or a policy");
    }
    const read = check(Limits, limitFields(flags));
    if ("problems" in read) {
      // Only the mistakes need what `run` knows of its flags.
      const { flagOf } = await import("./run_fields.ts");
      throw new UsageError(
        read.problems.map(({ path, message }) => `${flagOf(path)}: ${message}`)
          .join("; "),
      );
    }
    const wishes = read.value;
    const store = storeOf(globals);
    await forEachName(args.names, async (name) => {
      if (limits) {
        await namingFlags(flags, () => updateContainer(store, name, wishes));
      }
      if (restart) {
        const warn = warner(globals);
        await setRestartPolicy(store, name, restart, { warn });
      }
      return name;
    });
  },
});
