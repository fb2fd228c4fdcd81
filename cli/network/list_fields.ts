/**
 * A network in the words of docker's list: what its columns show, and what
 * `--format` may name.
 *
 * @module
 */
import { type LabelFields, labelFields } from "../label_fields.ts";
import type { Listing } from "../format.ts";
import type { CniDetails } from "./cni.ts";
import { type NetworkDetails, subnetsOf } from "./details.ts";

/** What of a network is shown. */
export interface ListFields extends LabelFields {
  readonly ID: string;
  readonly Name: string;
  readonly Driver: string;
  readonly Scope: string;
  readonly IPv4: boolean;
  readonly IPv6: boolean;
  readonly Internal: boolean;
  readonly CreatedAt: string;
  readonly Interface: string;
  readonly Subnets: string;
  /** How many there are on it. */
  readonly Containers: number;
}

/** How they are printed. */
export const NETWORK_LISTING: Listing<ListFields> = {
  columns: ["Name", "Driver", "Interface", "Subnets", "Containers"],
  headings: { ID: "NETWORK ID", CreatedAt: "CREATED AT" },
};

/** The fields of one network; those of CNI lack some, which are empty. */
export function listFields(network: NetworkDetails | CniDetails): ListFields {
  const { id = "", internal = false, labels = {}, created = "" } =
    network.driver === "cni" ? {} as Partial<NetworkDetails> : network;
  const subnets = subnetsOf(network);
  return {
    ID: id,
    Name: network.name,
    Driver: network.driver,
    Scope: "local",
    IPv4: subnets.some((subnet) => subnet.includes(".")),
    IPv6: subnets.some((subnet) => subnet.includes(":")),
    Internal: internal,
    ...labelFields(labels),
    CreatedAt: created,
    Interface: network.interface,
    Subnets: subnets.join(", "),
    Containers: Object.keys(network.containers).length,
  };
}
