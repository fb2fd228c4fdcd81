/**
 * `rkl network prune`
 *
 * @module
 */
import { pruneNetworks } from "../../net/network_store.ts";
import { print } from "../output.ts";
import { verb } from "../verb.ts";
import { networkStoreOf } from "./store.ts";

export default verb({
  help:
    "Removes all networks that no container uses, except the default one, and\n" +
    "prints their names.",
  operands: [],
  flags: {},
  examples: [["rkl network prune", "Remove what nobody uses"]],
  run({ globals }) {
    for (const name of pruneNetworks(networkStoreOf(globals))) print(name);
  },
});
