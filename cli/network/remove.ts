/**
 * `rkl network remove`
 *
 * @module
 */
import type { ContainerId } from "../../container/id.ts";
import { note, ofNetwork } from "../../container/journal/journal.ts";
import { nameOf } from "../../container/store.ts";
import {
  NetworkError,
  NetworkInUseError,
  NoSuchNetworkError,
} from "../../net/network_error.ts";
import { removeNetwork } from "../../net/network_making.ts";
import { forEachName } from "../container/each.ts";
import { warner } from "../log.ts";
import { verb } from "../verb.ts";
import { cniNetworksOf, networkStoreOf } from "./store.ts";

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
    return forEachName(args.networks, async (name) => {
      try {
        const removed = removeNetwork(store, name);
        note(store, ofNetwork(removed, "destroy"), warner(globals));
        return name;
      } catch (error) {
        if (error instanceof NetworkInUseError) {
          const users = error.users.map((id) =>
            nameOf(store, id as ContainerId)
          );
          throw new NetworkInUseError(name, users);
        }
        if (!(error instanceof NoSuchNetworkError)) throw error;
        const { networks } = await cniNetworksOf(store);
        const cni = networks.find((network) => network.name === name);
        if (cni) {
          throw new NetworkError(
            `cannot remove network "${name}": it is CNI's, configured in ` +
              `${cni.file}; remove that file instead`,
          );
        }
        if (!flags.force) throw error;
      }
    }, { atOnce: 1 });
  },
});
