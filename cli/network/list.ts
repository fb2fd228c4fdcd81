/**
 * `rkl network list`
 *
 * @module
 */
import { reviveDaemon } from "../../daemon/client.ts";
import { listNetworks } from "../../net/network_store.ts";
import { passes } from "../filter.ts";
import type { FlagTable } from "../flags.ts";
import { FORMAT, formatterOf } from "../format.ts";
import { warner } from "../log.ts";
import { print } from "../output.ts";
import { verb } from "../verb.ts";
import { detailsOf } from "./details.ts";
import { FILTER } from "./filter.ts";
import { listFields, NETWORK_LISTING } from "./list_fields.ts";
import { cniNetworksOf, describeCni, networkStoreOf } from "./store.ts";

const FLAGS = {
  filter: { ...FILTER, alias: "f" },
  quiet: { type: Boolean, alias: "q", help: "Print names only" },
  format: FORMAT,
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
    [
      "rkl network list --format 'table {{.Name}}\\t{{.Subnets}}'",
      "Print some columns",
    ],
  ],
  async run({ flags, globals }) {
    const format = await formatterOf(flags.format, NETWORK_LISTING);
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
    const rows = [...own, ...others].map(listFields);
    for (const line of format(rows)) print(line);
  },
});
