/**
 * `rkl network prune`
 *
 * @module
 */
import { note, ofNetwork } from "../../container/journal/journal.ts";
import { pruneNetworks } from "../../net/network_making.ts";
import { forEachName } from "../container/each.ts";
import { warner } from "../log.ts";
import { print } from "../output.ts";
import { verb } from "../verb.ts";
import { passes } from "../filter.ts";
import { FILTER, type Filterable } from "./filter.ts";
import { cniNetworksOf, networkStoreOf } from "./store.ts";

export default verb({
  help:
    "Removes all networks that no container uses, except the default one, and\n" +
    "prints their names. Those of CNI stay; what is left on them of containers that\n" +
    "are no more is removed.",
  operands: [],
  flags: {
    filter: FILTER,
    force: { type: Boolean, alias: "f", help: "For docker's: it never asks" },
  },
  examples: [["rkl network prune", "Remove what nobody uses"]],
  async run({ flags, globals }) {
    const store = networkStoreOf(globals);
    const isMeant = (network: Filterable) => passes(network, flags.filter);
    for (const network of pruneNetworks(store, isMeant)) {
      note(store, ofNetwork(network, "destroy"), warner(globals));
      print(network.name);
    }
    const { networks: all, warnings } = await cniNetworksOf(store);
    warnings.forEach(warner(globals));
    const networks = all.filter(({ name }) => isMeant({ name, driver: "cni" }));
    if (networks.length === 0) return;
    const { pruneCniNetwork } = await import("../../container/network/cni.ts");
    await forEachName(networks.map(({ name }) => name), async (name) => {
      const network = networks.find((network) => network.name === name)!;
      const failures = await pruneCniNetwork(store, network);
      if (failures.length > 0) throw new AggregateError(failures);
    }, { atOnce: 1 });
  },
});
