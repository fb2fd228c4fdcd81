/**
 * What templates may ask of networks, besides what is told of them anyway:
 * docker's fields.
 *
 * @module
 */
import type { Description, Listing } from "../format.ts";
import type { CniDetails } from "./cni.ts";
import type { NetworkDetails } from "./details.ts";

/** A network of rkl's own or of CNI. */
export type AnyNetwork = NetworkDetails | CniDetails;

/** What not every network has. */
const SHAPE = {
  optional: [
    ...["id", "interface", "internal", "isolate", "masquerade", "mtu"],
    ...["publishOn", "publishFrom", "vlan", "apart", "hairpin", "spoofCheck"],
    ...["labels", "options", "created", "ipRange", "mac", "aliases"],
    ...["file", "cniVersion", "disableCheck", "disableGC", "plugins"],
    ...["status", "checks"],
  ],
  maps: ["labels", "options", "containers"],
} as const;

/** For `network list`. */
export const NETWORK_LISTING: Listing<AnyNetwork> = {
  ...SHAPE,
  fields: {
    ID: (network) => idOf(network),
    Name: ({ name }) => name,
    Driver: ({ driver }) => driver,
    Scope: () => "local",
    IPv4: (network) => hasFamily(network, "."),
    IPv6: (network) => hasFamily(network, ":"),
    Internal: (network) => "internal" in network && network.internal,
    Labels: (network) =>
      Object.entries(labelsOf(network)).map((pair) => pair.join("=")).join(),
    Label: (network) => (key: string) => labelsOf(network)[key] ?? "",
    CreatedAt: (network) => "created" in network ? network.created : "",
    Interface: (network) => network.interface,
    Subnets: (network) => subnetsOf(network).join(", "),
    Containers: ({ containers }) => Object.keys(containers).length,
  },
  columns: ["Name", "Driver", "Interface", "Subnets", "Containers"],
  headings: { ID: "NETWORK ID", CreatedAt: "CREATED AT" },
};

/** For `network inspect`. */
export const NETWORK_DESCRIPTION: Description<AnyNetwork> = {
  ...SHAPE,
  fields: {
    ID: (network) => idOf(network),
    Scope: () => "local",
    EnableIPv4: (network) => hasFamily(network, "."),
    EnableIPv6: (network) => hasFamily(network, ":"),
    IPAM: (network) => ({
      Driver: "default",
      Config: network.driver === "cni"
        ? network.subnets.map((subnet) => ({ subnet }))
        : network.subnets,
    }),
  },
};

function idOf(network: AnyNetwork): string {
  return "id" in network ? network.id : "";
}

function labelsOf(network: AnyNetwork): Readonly<Record<string, string>> {
  return "labels" in network ? network.labels : {};
}

/** Whether one of its subnets is written with this sign. */
function hasFamily(network: AnyNetwork, sign: "." | ":"): boolean {
  return subnetsOf(network).some((subnet) => subnet.includes(sign));
}

function subnetsOf(network: AnyNetwork): string[] {
  return network.driver === "cni"
    ? [...network.subnets]
    : network.subnets.map(({ subnet }) => subnet);
}
