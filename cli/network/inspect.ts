/**
 * `rkl network inspect`
 *
 * @module
 */
import { findNetwork } from "../../net/network_store.ts";
import { printJson } from "../output.ts";
import { verb } from "../verb.ts";
import { detailsOf } from "./details.ts";
import { networkStoreOf } from "./store.ts";

export default verb({
  help:
    "Prints all that is known of networks as a JSON array: their subnets, how they\n" +
    "are set up, and the addresses of the containers that use them.",
  operands: ["NETWORKS..."],
  flags: {},
  examples: [["rkl network inspect web", "Print what is known of web"]],
  run({ args, globals }) {
    const store = networkStoreOf(globals);
    const networks = args.networks.map((name) => findNetwork(store, name));
    printJson(networks.map((network) => detailsOf(store, network)));
  },
});
