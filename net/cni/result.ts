/**
 * What a plugin says it has made: interfaces, addresses, routes, names. Held
 * in the shape of CNI 1.1.0; read and written in that of each version.
 *
 *     0.3.0 to 0.4.0  each of `ips` says its `version`, "4" or "6"
 *     1.0.0           it does not
 *     1.1.0           interfaces have mtu, socketPath, pciID; routes have
 *                     mtu, advmss, priority, table, scope
 *
 * @module
 */
import {
  check,
  list,
  object,
  optional,
  type Output,
  withDefault,
} from "../../sys/schema.ts";
import { formatAddress } from "../address.ts";
import { formatPrefix } from "../prefix.ts";
import { CNI_CODE, CniError } from "./error.ts";
import {
  address,
  type CniDns,
  type CniRoute,
  Dns,
  natural,
  prefix,
  Route,
  text,
} from "./fields.ts";
import { type CniVersion, isAtLeast, parseVersion } from "./version.ts";

/** An interface that was made, or is used. */
const Interface = object({
  name: text,
  mac: optional(text),
  /** Bytes of payload in a frame. */
  mtu: optional(natural),
  /** The path of its network namespace; missing for the host's. */
  sandbox: optional(text),
  socketPath: optional(text),
  pciID: optional(text),
});
/** An interface that was made, or is used. */
export type CniInterface = Output<typeof Interface>;

/** An address that an interface has. */
const Ip = object({
  address: prefix,
  gateway: optional(address),
  /** Index into the result's interfaces. */
  interface: optional(natural),
});
/** An address that an interface has. */
export type CniIp = Output<typeof Ip>;

const Result = object({
  interfaces: withDefault(list(Interface, "interfaces"), []),
  ips: withDefault(list(Ip, "addresses"), []),
  routes: withDefault(list(Route, "routes"), []),
  dns: withDefault(Dns, {}),
});

/** What ADD returns, in the shape of CNI 1.1.0. */
export interface CniResult {
  readonly interfaces: readonly CniInterface[];
  readonly ips: readonly CniIp[];
  readonly routes: readonly CniRoute[];
  readonly dns: CniDns;
}

/**
 * Reads a result of any version from JSON that is parsed already. Its
 * `cniVersion` may be missing, as in what IPAM plugins print.
 *
 * @param what Whose it is, for messages: `prevResult`.
 * @throws {CniError} INCOMPATIBLE_VERSION, or DECODING_FAILURE
 */
export function parseResult(value: unknown, what: string): CniResult {
  const { cniVersion } = Object(value);
  if (cniVersion !== undefined) parseVersion(cniVersion);
  const result = check(Result, withoutNulls(value));
  if ("value" in result) return result.value;
  throw new CniError(
    CNI_CODE.DECODING_FAILURE,
    `${what} is no result of a CNI plugin`,
    result.problems.map(({ path, message }) => `${path}: ${message}`)
      .join("; "),
  );
}

/** The object that is printed, as JSON, in the shape of a version. */
export function formatResult(result: CniResult, version: CniVersion): object {
  const { interfaces, ips, routes, dns } = result;
  const hasDetails = isAtLeast(version, "1.1.0");
  return {
    cniVersion: version,
    ...unlessEmpty({
      interfaces: interfaces.map((one) => {
        const { name, mac, mtu, sandbox, socketPath, pciID } = one;
        const details = hasDetails ? { mtu, socketPath, pciID } : {};
        return present({ name, mac, sandbox, ...details });
      }),
      ips: ips.map((ip) =>
        present({
          version: isAtLeast(version, "1.0.0")
            ? undefined
            : `${ip.address.address.family}`,
          interface: ip.interface,
          address: formatPrefix(ip.address),
          gateway: ip.gateway && formatAddress(ip.gateway),
        })
      ),
      routes: routes.map(({ dst, gw, mtu, advmss, priority, table, scope }) => {
        const details = { mtu, advmss, priority, table, scope };
        return present({
          dst: formatPrefix(dst),
          gw: gw && formatAddress(gw),
          ...(hasDetails && details),
        });
      }),
      dns: formatDns(dns),
    }),
  };
}

/** Without what is not there, known keys only. */
function formatDns({ nameservers, domain, search, options }: CniDns): object {
  return present({ nameservers, domain, search, options });
}

/**
 * A value of JSON without keys that are null: programs write those for what is
 * not there.
 */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([, item]) => item !== null)
      .map(([key, item]) => [key, withoutNulls(item)]),
  );
}

function present(object: object): object {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== undefined),
  );
}

function unlessEmpty(object: Record<string, object>): object {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => Object.keys(value).length > 0),
  );
}
