/**
 * `rkl network remove`
 *
 * @module
 */
import { NoSuchNetworkError } from "../../net/network_error.ts";
import { removeNetwork } from "../../net/network_store.ts";
import { forEachName } from "../container/each.ts";
import { print } from "../output.ts";
import { verb } from "../verb.ts";
import { networkStoreOf } from "./store.ts";

export default verb({
  help:
    "Removes networks that no container uses, and their bridges. The default one,\n" +
    "bridge, is made anew when it is next used.",
  operands: ["NETWORKS..."],
  flags: {
    force: {
      type: Boolean,
      alias: "f",
      help: "Succeed where there is none",
    },
  },
  examples: [["rkl network remove web db", "Remove web and db"]],
  run({ flags, args, globals }) {
    const store = networkStoreOf(globals);
    // deno-lint-ignore require-await -- a failure is to be a rejection
    return forEachName(args.networks, async (name) => {
      try {
        removeNetwork(store, name);
        print(name);
      } catch (error) {
        const isFine = flags.force && error instanceof NoSuchNetworkError;
        if (!isFine) throw error;
      }
    });
  },
});
