/**
 * What a container asks for on a network of CNI, in the words of CNI's
 * capabilities.
 *
 * @module
 */
import {
  type Capabilities,
  type CniPortMapping,
  unservedCapabilities,
} from "../../net/cni/runtime/capabilities.ts";
import {
  type Address,
  formatAddress,
  parseAddress,
} from "../../net/address.ts";
import type { ConfiguredNetwork } from "../../net/cni/runtime/conf_directory.ts";
import type { Attachment } from "./attachment.ts";
import type { Port } from "./port_fields.ts";
import { PublishError } from "./port_plan.ts";
import type { Publication } from "./publication.ts";
import type { Container } from "../store.ts";

/** A place on a network of CNI. */
export interface CniSite {
  readonly attachment: Attachment;
  readonly network: ConfiguredNetwork;
}

/** What a plugin is asked for that no plugin of its network can do. */
export class CniCapabilityError extends Error {
  /** Tells it from other errors. */
  override readonly name = "CniCapabilityError";

  /** Says what it is, and what the network's file needs. */
  constructor({ name, file }: ConfiguredNetwork, capability: string) {
    super(
      `network "${name}" cannot give ${
        WISHES[capability] ?? capability
      }: none ` +
        `of its plugins in ${file} has the capability "${capability}"`,
    );
  }
}

/** What users ask for, by the capability that gives it. */
const WISHES: Readonly<Record<string, string>> = {
  ips: "an address that is asked for",
  mac: "an Ethernet address that is asked for",
  portMappings: "published ports",
};

/**
 * What a container asks for on a network; names need not be served.
 *
 * @param publish Whether its ports are published there.
 * @throws {CniCapabilityError | PublishError}
 */
export function capabilitiesOf(
  { attachment, network }: CniSite,
  { ports = [], publishFrom, config, dnsConfig }: Container,
  publish: boolean,
): Capabilities {
  const { ip, ip6, mac, aliases } = attachment;
  const ips = [ip, ip6].filter((text) => text !== undefined);
  const portMappings = publish ? cniPortMappings(ports, publishFrom) : [];
  const { cgroupsPath } = config.linux;
  const needed: Capabilities = {
    ...(ips.length > 0 && { ips }),
    ...(mac !== undefined && { mac }),
    ...(portMappings.length > 0 && { portMappings }),
  };
  const [unserved] = unservedCapabilities(network, needed);
  if (unserved !== undefined) throw new CniCapabilityError(network, unserved);
  return {
    ...needed,
    ...(aliases.length > 0 && { aliases }),
    ...dnsOf(dnsConfig),
    ...(cgroupsPath !== undefined && { cgroupPath: cgroupsPath }),
  };
}

/** What the user says of the resolver; what is not said is left out. */
function dnsOf(
  { nameservers, searches, options }: Container["dnsConfig"],
): Pick<Capabilities, "dns"> {
  const dns = {
    ...(nameservers.length > 0 && { servers: nameservers }),
    ...(searches.length > 0 && { searches }),
    ...(options.length > 0 && { options }),
  };
  return Object.keys(dns).length > 0 ? { dns } : {};
}

/**
 * The ports that are published, those with a `hostPort`, as plugins take them.
 * Which one of the host's is free nobody but rkl could say, and plugins do not
 * look at who connects.
 *
 * @throws {PublishError}
 */
export function cniPortMappings(
  ports: readonly Port[],
  publishFrom?: readonly string[],
): CniPortMapping[] {
  const published = ports.filter(({ hostPort }) => hostPort !== undefined);
  if (published.length > 0 && publishFrom !== undefined) {
    throw new PublishError(
      "cannot publish ports to some only (publishFrom) on a network of CNI; " +
        "leave it out, or connect the container to a network of rkl's",
    );
  }
  return published.map((port) => {
    const { first, last } = port.hostPort!;
    if (first === last && first > 0) return toMapping(port, first);
    throw new PublishError(
      `cannot publish port ${port.containerPort} on ` +
        `${first === 0 ? "a free port" : `one of ${first}-${last}`} with a ` +
        "network of CNI; say which port of the host it is to be",
    );
  });
}

/**
 * What is told of ports that plugins have published: which of the host's lead
 * to the container's addresses.
 */
export function publicationsOf(
  mappings: readonly CniPortMapping[],
  addresses: readonly Address[],
): Publication[] {
  return mappings.flatMap(({ protocol, hostPort, containerPort, hostIP }) => {
    const on = hostIP === undefined ? undefined : parseAddress(hostIP);
    return addresses
      .filter(({ family }) => on === undefined || on.family === family)
      .map((address) => ({
        protocol,
        hostIP: formatAddress(on ?? { family: address.family, value: 0n }),
        hostPort,
        containerIP: formatAddress(address),
        containerPort,
      }));
  });
}

/** Protocols as plugins spell them. */
const PROTOCOLS = { TCP: "tcp", UDP: "udp", SCTP: "sctp" } as const;

function toMapping(
  { containerPort, protocol, hostIP }: Port,
  hostPort: number,
): CniPortMapping {
  return {
    hostPort,
    containerPort,
    protocol: PROTOCOLS[protocol],
    ...(hostIP !== undefined && { hostIP }),
  };
}
