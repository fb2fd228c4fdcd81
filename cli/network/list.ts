/**
 * `rkl network list`
 *
 * @module
 */
import { listNetworks } from "../../net/network_store.ts";
import { print, printJson } from "../output.ts";
import { formatTable } from "../table.ts";
import { oneOf } from "../values.ts";
import { verb } from "../verb.ts";
import { detailsOf } from "./details.ts";
import { networkStoreOf } from "./store.ts";

export default verb({
  help:
    "Lists networks. The default one, bridge, is there once it has been used.",
  operands: [],
  flags: {
    quiet: { type: Boolean, alias: "q", help: "Print names only" },
    format: {
      type: oneOf("table", "json"),
      value: "FORMAT",
      help: "table (default) or json",
    },
  },
  examples: [
    ["rkl network list", "Print a table of the networks"],
    ["rkl network list -q", "Print their names"],
  ],
  run({ flags, globals }) {
    const store = networkStoreOf(globals);
    const networks = listNetworks(store);
    if (flags.quiet) {
      for (const { name } of networks) print(name);
      return;
    }
    const all = networks.map((network) => detailsOf(store, network));
    if (flags.format === "json") return printJson(all);
    const rows = all.map((network) => [
      network.name,
      network.driver,
      network.interface,
      network.subnets.map(({ subnet }) => subnet).join(", "),
      String(Object.keys(network.containers).length),
    ]);
    const head = ["NAME", "DRIVER", "INTERFACE", "SUBNETS", "CONTAINERS"];
    for (const line of formatTable([head, ...rows])) print(line);
  },
});
