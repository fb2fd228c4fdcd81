/**
 * `rkl network inspect`
 *
 * @module
 */
import { findNetwork, tryFindNetwork } from "../../net/network_store.ts";
import { printJson } from "../output.ts";
import { verb } from "../verb.ts";
import { detailsOf } from "./details.ts";
import { cniNetworksOf, describeCni, networkStoreOf } from "./store.ts";

export default verb({
  help:
    "Prints all that is known of networks as a JSON array: their subnets, how they\n" +
    "are set up, and the addresses of the containers that use them; of those of CNI\n" +
    "also what their plugins say (STATUS and CHECK).",
  operands: ["NETWORKS..."],
  flags: {},
  examples: [["rkl network inspect web", "Print what is known of web"]],
  async run({ args, globals }) {
    const store = networkStoreOf(globals);
    const isOwn = (name: string) => tryFindNetwork(store, name) !== undefined;
    const cni = args.networks.every(isOwn)
      ? []
      : (await cniNetworksOf(store)).networks;
    const all = args.networks.map(async (name) => {
      const network = cni.find((network) => network.name === name);
      if (!network) return detailsOf(store, findNetwork(store, name));
      const [details] = await describeCni(store, [network]);
      const { checkCniNetwork } = await import("../../container/cni_check.ts");
      return { ...details, ...await checkCniNetwork(store, network) };
    });
    printJson(await Promise.all(all));
  },
});
