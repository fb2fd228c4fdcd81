/**
 * Options of a network's driver, by the names docker and podman have for them.
 *
 * @module
 */
import { InvalidAddressError, parseAddress } from "./address.ts";
import { NetworkError } from "./network_error.ts";
import { parseSource } from "./prefix.ts";

/** What options can say of a network. */
export interface NetworkOptions {
  interface?: string;
  mtu?: number;
  isolate?: boolean;
  masquerade?: boolean;
  publishOn?: string;
  publishFrom?: readonly string[];
}

/** What each option says; undefined for a value that it cannot have. */
const OPTIONS: ReadonlyMap<
  string,
  { expected: string; read: (value: string) => NetworkOptions | undefined }
> = new Map([
  ["com.docker.network.bridge.name", {
    expected: "the name of an interface",
    read: (name) => ({ interface: name }),
  }],
  ["com.docker.network.bridge.enable_ip_masquerade", flag("masquerade")],
  ["com.docker.network.driver.mtu", mtu()],
  ["com.docker.network.bridge.host_binding_ipv4", {
    expected: "an address of the host",
    read: (text) => reads(parseAddress, text) ? { publishOn: text } : undefined,
  }],
  ["mtu", mtu()],
  ["publish-from", {
    expected: "ranges of addresses such as 192.0.2.0/24,198.51.100.7",
    read(text) {
      const publishFrom = text.split(",");
      return publishFrom.every((one) => reads(parseSource, one))
        ? { publishFrom }
        : undefined;
    },
  }],
  ["isolate", flag("isolate")],
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

function reads(read: (text: string) => unknown, text: string): boolean {
  try {
    read(text);
    return true;
  } catch (error) {
    if (error instanceof InvalidAddressError) return false;
    throw error;
  }
}

function flag(key: "isolate" | "masquerade") {
  return {
    expected: "true or false",
    read: (value: string): NetworkOptions | undefined => {
      if (/^(true|1)$/.test(value)) return { [key]: true };
      if (/^(false|0)$/.test(value)) return { [key]: false };
      return undefined;
    },
  };
}

function mtu() {
  return {
    expected: "a number of bytes, such as 1400",
    read: (value: string): NetworkOptions | undefined =>
      /^\d{1,5}$/.test(value) ? { mtu: Number(value) } : undefined,
  };
}
