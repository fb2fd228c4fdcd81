/**
 * `rkl network inspect`
 *
 * @module
 */
import { findNetwork, tryFindNetwork } from "../../net/network_store.ts";
import { INSPECT_FORMAT, inspectorOf } from "../format.ts";
import { print } from "../output.ts";
import { verb } from "../verb.ts";
import type { CniDetails } from "./cni.ts";
import { detailsOf, type NetworkDetails } from "./details.ts";
import { NETWORK_DESCRIPTION } from "./inspect_fields.ts";
import { cniNetworksOf, describeCni, networkStoreOf } from "./store.ts";

export default verb({
  help:
    "Prints all that is known of networks as a JSON array: their subnets, how they\n" +
    "are set up, and the addresses of the containers that use them; of those of CNI\n" +
    "also what their plugins say (STATUS and CHECK).",
  operands: ["NETWORKS..."],
  flags: { format: INSPECT_FORMAT },
  examples: [
    ["rkl network inspect web", "Print what is known of web"],
    [
      "rkl network inspect -f '{{range .Subnets}}{{.Gateway}}{{end}}' web",
      "Print the address of its bridge",
    ],
  ],
  async run({ args, flags, globals }) {
    const format = await inspectorOf(flags.format, NETWORK_DESCRIPTION);
    const store = networkStoreOf(globals);
    const isOwn = (name: string) => tryFindNetwork(store, name) !== undefined;
    const cni = args.networks.every(isOwn)
      ? []
      : (await cniNetworksOf(store)).networks;
    const all = args.networks.map(
      async (name): Promise<NetworkDetails | CniDetails> => {
        const network = cni.find((network) => network.name === name);
        if (!network) return detailsOf(store, findNetwork(store, name));
        const [details] = await describeCni(store, [network]);
        const { checkCniNetwork } = await import(
          "../../container/network/cni_check.ts"
        );
        return { ...details!, ...await checkCniNetwork(store, network) };
      },
    );
    for (const line of format(await Promise.all(all))) print(line);
  },
});
