/**
 * What templates may ask of a network that is inspected, besides what is told
 * of it anyway: docker's fields.
 *
 * @module
 */
import type { Description } from "../format.ts";
import type { CniDetails } from "./cni.ts";
import { type NetworkDetails, subnetsOf } from "./details.ts";

/** For `rkl network inspect`. */
export const NETWORK_DESCRIPTION: Description<NetworkDetails | CniDetails> = {
  fields: {
    Scope: () => "local",
    EnableIPv4: (network) => subnetsOf(network).some((one) => /\./.test(one)),
    EnableIPv6: (network) => subnetsOf(network).some((one) => /:/.test(one)),
    IPAM: (network) => ({
      Driver: "default",
      Config: network.driver === "cni"
        ? network.subnets.map((subnet) => ({ subnet }))
        : network.subnets,
    }),
  },
  optional: [
    ...["id", "internal", "isolate", "masquerade", "mtu", "publishOn"],
    ...["publishFrom", "vlan", "apart", "hairpin", "spoofCheck", "labels"],
    ...["options", "created", "gateway", "ipRange"],
    ...["mac", "interface", "aliases"],
    ...["file", "cniVersion", "disableCheck", "disableGC", "plugins"],
    ...["status", "checks"],
  ],
  maps: ["labels", "options", "containers", "checks"],
};
