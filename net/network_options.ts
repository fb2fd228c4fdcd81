/**
 * Options of a network's driver, by the names docker and podman have for them.
 *
 * @module
 */
import { NetworkError } from "./network_error.ts";

/** What options can say of a network. */
export interface NetworkOptions {
  interface?: string;
  mtu?: number;
  isolate?: boolean;
  masquerade?: boolean;
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
  ["mtu", mtu()],
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
