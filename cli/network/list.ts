/**
 * `rkl network list`
 *
 * @module
 */
import { reviveDaemon } from "../../daemon/client.ts";
import { listNetworks } from "../../net/network_store.ts";
import type { FlagTable } from "../flags.ts";
import { warner } from "../log.ts";
import { print, printJson } from "../output.ts";
import { formatTable } from "../table.ts";
import { oneOf } from "../values.ts";
import { verb } from "../verb.ts";
import { detailsOf } from "./details.ts";
import { passes } from "../filter.ts";
import { FILTER } from "./filter.ts";
import { cniNetworksOf, describeCni, networkStoreOf } from "./store.ts";

const FLAGS = {
  filter: { ...FILTER, alias: "f" },
  quiet: { type: Boolean, alias: "q", help: "Print names only" },
  format: {
    type: oneOf("table", "json"),
    value: "FORMAT",
    help: "table (default) or json",
  },
} as const satisfies FlagTable;

export default verb({
  help:
    "Lists networks. The default one, bridge, is there once it has been used; those\n" +
    "with the driver cni are configured in /etc/cni/net.d, or --cni-conf-dir.",
  operands: [],
  flags: FLAGS,
  examples: [
    ["rkl network list", "Print a table of the networks"],
    ["rkl network list -q", "Print their names"],
  ],
  async run({ flags, globals }) {
    const store = networkStoreOf(globals);
    await reviveDaemon(store);
    const networks = listNetworks(store)
      .filter((network) => passes(network, flags.filter));
    const found = await cniNetworksOf(store);
    found.warnings.forEach(warner(globals));
    const cni = found.networks.filter(({ name }) =>
      passes({ name, driver: "cni" }, flags.filter)
    );
    if (flags.quiet) {
      for (const { name } of [...networks, ...cni]) print(name);
      return;
    }
    const own = networks.map((network) => detailsOf(store, network));
    const others = await describeCni(store, cni);
    if (flags.format === "json") return printJson([...own, ...others]);
    const rows = [
      ...own.map((network) => ({
        ...network,
        subnets: network.subnets.map(({ subnet }) => subnet),
      })),
      ...others,
    ].map((network) => [
      network.name,
      network.driver,
      network.interface,
      network.subnets.join(", "),
      String(Object.keys(network.containers).length),
    ]);
    const head = ["NAME", "DRIVER", "INTERFACE", "SUBNETS", "CONTAINERS"];
    for (const line of formatTable([head, ...rows])) print(line);
  },
});
