/**
 * Options of a network's driver, by the names docker and podman have for them.
 *
 * @module
 */
import { parseAddress, tryParse } from "./address.ts";
import { NetworkError } from "./network_error.ts";
import { parseSource } from "./prefix.ts";
import { parseVlan, parseVlans, type VlanRange } from "./vlan.ts";

/** What options can say of a network. */
export interface NetworkOptions {
  interface?: string;
  mtu?: number;
  isolate?: boolean;
  masquerade?: boolean;
  publishOn?: string;
  publishFrom?: readonly string[];
  vlan?: number;
  trunk?: readonly VlanRange[];
  preserveDefaultVlan?: boolean;
  /** Its containers reach each other. */
  icc?: boolean;
  hairpin?: boolean;
  macSpoofCheck?: boolean;
  ipSpoofCheck?: boolean;
}

/** An option: undefined for a value that it cannot have. */
interface Option {
  readonly expected: string;
  read(value: string): NetworkOptions | undefined;
}

const DOCKER = "com.docker.network.bridge";

/** What each option says. */
const OPTIONS: ReadonlyMap<string, Option> = new Map([
  [`${DOCKER}.name`, {
    expected: "the name of an interface",
    read: (name) => ({ interface: name }),
  }],
  [`${DOCKER}.enable_ip_masquerade`, flag("masquerade")],
  [`${DOCKER}.enable_icc`, flag("icc")],
  [`${DOCKER}.gateway_mode_ipv4`, gatewayMode()],
  [`${DOCKER}.gateway_mode_ipv6`, gatewayMode()],
  ["com.docker.network.driver.mtu", mtu()],
  [`${DOCKER}.host_binding_ipv4`, {
    expected: "an address of the host",
    read: (text) => tryParse(parseAddress, text) && { publishOn: text },
  }],
  ["mtu", mtu()],
  ["publish-from", {
    expected: "ranges of addresses such as 192.0.2.0/24,198.51.100.7",
    read(text) {
      const publishFrom = text.split(",");
      return publishFrom.every((one) => tryParse(parseSource, one))
        ? { publishFrom }
        : undefined;
    },
  }],
  ["isolate", flag("isolate")],
  ["vlan", {
    expected: "the number of a VLAN, 1 to 4094",
    read(value) {
      const vlan = parseVlan(value);
      return vlan === undefined ? undefined : { vlan };
    },
  }],
  ["vlan-trunk", {
    expected: "numbers of VLANs, 1 to 4094, such as 100,200-300",
    read(value) {
      const trunk = parseVlans(value);
      return trunk && { trunk };
    },
  }],
  ["preserve-default-vlan", flag("preserveDefaultVlan")],
  ["hairpin", flag("hairpin")],
  ["mac-spoof-check", flag("macSpoofCheck")],
  ["ip-spoof-check", flag("ipSpoofCheck")],
]);

/** Options of docker that rkl has not, and what it has instead. */
const MISSING: ReadonlyMap<string, string> = new Map([
  [`${DOCKER}.inhibit_ipv4`, "the bridge's address is the containers' gateway"],
  [`${DOCKER}.trusted_host_interfaces`, "only published ports are reached"],
  ["com.docker.network.container_iface_prefix", "interfaces are eth0, eth1 …"],
]);

/**
 * Reads the options of a network.
 *
 * @throws {NetworkError} on one that is unknown or has a wrong value
 */
export function readOptions(
  options: { readonly [name: string]: string },
): NetworkOptions {
  const settled: NetworkOptions = {};
  for (const [name, value] of Object.entries(options)) {
    const option = OPTIONS.get(name);
    const instead = MISSING.get(name);
    if (instead !== undefined) {
      throw new NetworkError(`no network option "${name}": ${instead}`);
    }
    if (!option) {
      throw new NetworkError(
        `unknown network option "${name}"; there are ` +
          [...OPTIONS.keys()].join(", "),
      );
    }
    const read = option.read(value);
    if (!read) {
      throw new NetworkError(
        `network option ${name}=${value}: expected ${option.expected}`,
      );
    }
    Object.assign(settled, read);
  }
  return settled;
}

/** Those of {@linkcode NetworkOptions} that are true or false. */
type Flag = {
  [K in keyof NetworkOptions]-?: boolean extends NetworkOptions[K] ? K : never;
}[keyof NetworkOptions];

function flag(key: Flag): Option {
  return {
    expected: "true or false",
    read(value) {
      if (/^(true|1)$/.test(value)) return { [key]: true };
      if (/^(false|0)$/.test(value)) return { [key]: false };
      return undefined;
    },
  };
}

function mtu(): Option {
  return {
    expected: "a number of bytes, such as 1400",
    read: (value) =>
      /^\d{1,5}$/.test(value) ? { mtu: Number(value) } : undefined,
  };
}

/** The host hides its networks, and leads to them by published ports. */
function gatewayMode(): Option {
  return {
    expected: "nat, the only one there is; a network others have a route to " +
      `takes ${DOCKER}.enable_ip_masquerade=false`,
    read: (value) => value === "nat" ? {} : undefined,
  };
}
