/**
 * The configuration of the bridge plugin, as it comes on stdin: the keys of
 * the reference plugin, read, checked and settled. Unknown keys are passed
 * over, since people leave notes there.
 *
 * @module
 */
import { complain, type Problem } from "../../../sys/problem.ts";
import {
  check,
  flag,
  integer,
  isObject,
  list,
  object,
  oneOf,
  optional,
  type Output,
  scalar,
  type Schema,
  textThat,
  withDefault,
} from "../../../sys/schema.ts";
import { type Address, parseAddress } from "../../address.ts";
import { checkLinkName } from "../../link_name.ts";
import type { VlanRange } from "../../vlan.ts";
import { CNI_CODE, CniError } from "../error.ts";
import { type CniDns, Dns, mac, parsed, text } from "../fields.ts";
import { withoutNulls } from "../result.ts";
import { type CniVersion, parseVersion } from "../version.ts";
import {
  type Attachment,
  type CniArgs,
  configError,
  NAME,
  NAME_RULE,
} from "./environment.ts";
import {
  HOST_LOCAL,
  type HostLocal,
  IpRanges,
  readHostLocal,
} from "./host_local_config.ts";
import { VlanTrunk } from "./vlan_trunk.ts";

/** Who leases addresses. */
export type Ipam =
  | { readonly by: "host-local"; readonly hostLocal: HostLocal }
  /** A program in CNI_PATH. */
  | { readonly by: "plugin"; readonly program: string };

/** What the bridge plugin is to do. */
export interface BridgeConfig {
  readonly version: CniVersion;
  /** The network's. */
  readonly name: string;
  /** The bridge's interface. */
  readonly bridge: string;
  /** The bridge has an address, and the host passes packets on. */
  readonly isGateway: boolean;
  /** The container's default route leads to the bridge. */
  readonly isDefaultGateway: boolean;
  /** Another address of the bridge is replaced. */
  readonly forceAddress: boolean;
  /** What leaves the network has an address of the host. */
  readonly masquerade: boolean;
  readonly hairpin: boolean;
  readonly promiscuous: boolean;
  /** Bytes of payload in a frame; the kernel's choice unless given. */
  readonly mtu?: number;
  /** The VLAN of the container's untagged frames. */
  readonly vlan?: number;
  /** VLANs whose tags the container sees. */
  readonly trunk: readonly VlanRange[];
  /** The port stays in the bridge's default VLAN, too. */
  readonly keepsDefaultVlan: boolean;
  /** Only frames with the container's own Ethernet address pass. */
  readonly guardsMac: boolean;
  /** The container reaches the bridge but no other isolated port. */
  readonly isolated: boolean;
  /** The container's interface stays down. */
  readonly staysDown: boolean;
  /** IPv6 asks whether somebody has the address before it is used. */
  readonly detectsDuplicates: boolean;
  /** The container's Ethernet address. */
  readonly mac?: string;
  readonly dns: CniDns;
  /** Missing where frames are all that passes. */
  readonly ipam?: Ipam;
  /** As the runtime gave it. */
  readonly prevResult?: unknown;
  /** The attachments that GC leaves alone. */
  readonly valid: readonly Attachment[];
}

const off = withDefault(flag, false);
const linkName = parsed("the name of an interface", checkLinkName);
const networkName = textThat(
  `a name of ${NAME_RULE}`,
  (name) => NAME.test(name),
);
const programName = textThat(
  "the name of a program in CNI_PATH, without a path",
  (name) => !/[/\0]|^\.\.?$/.test(name),
);
/** Programs write "" for what is not there. */
const perhapsMac: Schema<string | undefined, string | undefined> = {
  expected: mac.expected,
  read: (value, at, problems) =>
    value === undefined || value === ""
      ? undefined
      : mac.read(value, at, problems),
};
/** The length of a prefix may follow, and says nothing. */
const ip = parsed(
  "an IP address, such as 10.1.0.5",
  (text) => parseAddress(text.split("/", 1)[0]!),
);
const ips = withDefault(list(ip, "IP addresses"), []);
const mtu = scalar<number>(
  "0, which leaves it to the kernel, or a whole number from 68 to 65535",
  (value) =>
    value === 0 ||
    Number.isInteger(value) && value as number >= 68 &&
      value as number <= 65535,
);

const Fields = object({
  name: networkName,
  bridge: withDefault(linkName, "cni0"),
  isGateway: off,
  isDefaultGateway: off,
  forceAddress: off,
  ipMasq: off,
  // Both mean the kernel's nf_tables here.
  ipMasqBackend: optional(oneOf(["iptables", "nftables"])),
  hairpinMode: off,
  promiscMode: off,
  mtu: withDefault(mtu, 0),
  vlan: withDefault(integer(0, 4094), 0),
  vlanTrunk: withDefault(VlanTrunk, []),
  preserveDefaultVlan: off,
  macspoofchk: off,
  portIsolation: off,
  disableContainerInterface: off,
  enabledad: off,
  args: withDefault(
    object({
      cni: withDefault(object({ mac: perhapsMac, ips }), {}),
    }),
    {},
  ),
  runtimeConfig: withDefault(
    object({ mac: perhapsMac, ips, ipRanges: IpRanges }),
    {},
  ),
  dns: withDefault(Dns, {}),
  ipam: withDefault(object({ type: withDefault(programName, "") }), {}),
  "cni.dev/valid-attachments": withDefault(
    list(object({ containerID: text, ifname: text }), "attachments"),
    [],
  ),
});

type Fields = Output<typeof Fields>;

/** What cannot be had together: where it stands, and why. */
const CLASHES: readonly [(fields: Fields) => boolean, string, string][] = [
  [
    ({ hairpinMode, promiscMode }) => hairpinMode && promiscMode,
    "hairpinMode",
    "cannot be true with promiscMode: every frame would come back twice",
  ],
  [
    ({ disableContainerInterface, ipam }) =>
      disableContainerInterface && ipam.type !== "",
    "disableContainerInterface",
    "cannot be true with ipam: an interface that is down has no use for " +
    "addresses",
  ],
  [
    ({ bridge, vlan, isGateway, isDefaultGateway }) =>
      vlan !== 0 && (isGateway || isDefaultGateway) &&
      `${bridge}.${vlan}`.length > 15,
    "bridge",
    "is too long to be a gateway of a VLAN: with the VLAN's number behind, " +
    "as in cni0.100, it has to be a name of at most 15 bytes",
  ],
];

/**
 * Reads the JSON of stdin.
 *
 * @throws {CniError} DECODING_FAILURE when it is none
 */
export function parseStdin(stdin: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = withoutNulls(JSON.parse(stdin));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new CniError(
      CNI_CODE.DECODING_FAILURE,
      stdin.trim() === ""
        ? "there is no network configuration on stdin"
        : `the network configuration on stdin is no JSON: ${error.message}`,
    );
  }
  if (isObject(value)) return value;
  throw new CniError(
    CNI_CODE.DECODING_FAILURE,
    "the network configuration on stdin is no object",
  );
}

/**
 * Reads a configuration.
 *
 * @throws {CniError} INCOMPATIBLE_VERSION, or INVALID_CONFIG with every field
 * that is wrong and what it may be
 */
export function parseConfig(
  json: Record<string, unknown>,
  args: CniArgs = {},
): BridgeConfig {
  const version = parseVersion(json["cniVersion"]);
  const read = check(Fields, json);
  if ("problems" in read) throw configError(read.problems);
  const fields = read.value;
  const problems: Problem[] = [];
  for (const [clashes, key, message] of CLASHES) {
    if (clashes(fields)) complain(message, { key, above: null }, problems);
  }
  const ipam = readIpam(json, fields, args, problems);
  if (problems.length > 0) throw configError(problems);
  return settle(version, fields, args, ipam, json["prevResult"]);
}

function readIpam(
  json: Record<string, unknown>,
  { name, ipam, runtimeConfig, args: { cni } }: Fields,
  args: CniArgs,
  problems: Problem[],
): Ipam | undefined {
  if (ipam.type === "") return undefined;
  if (!HOST_LOCAL.includes(ipam.type)) {
    return { by: "plugin", program: ipam.type };
  }
  const requested: Address[] = [
    ...(args.ip ? [args.ip] : []),
    ...cni.ips,
    ...runtimeConfig.ips,
  ];
  return {
    by: "host-local",
    hostLocal: readHostLocal(
      json["ipam"],
      name,
      requested,
      runtimeConfig.ipRanges ?? [],
      { key: "ipam", above: null },
      problems,
    ),
  };
}

function settle(
  version: CniVersion,
  fields: Fields,
  args: CniArgs,
  ipam: Ipam | undefined,
  prevResult: unknown,
): BridgeConfig {
  const mac = fields.runtimeConfig.mac ?? fields.args.cni.mac ?? args.mac;
  return {
    version,
    name: fields.name,
    bridge: fields.bridge,
    isGateway: fields.isGateway || fields.isDefaultGateway,
    isDefaultGateway: fields.isDefaultGateway,
    forceAddress: fields.forceAddress,
    masquerade: fields.ipMasq,
    hairpin: fields.hairpinMode,
    promiscuous: fields.promiscMode,
    ...(fields.mtu !== 0 && { mtu: fields.mtu }),
    ...(fields.vlan !== 0 && { vlan: fields.vlan }),
    trunk: fields.vlanTrunk,
    keepsDefaultVlan: fields.preserveDefaultVlan,
    guardsMac: fields.macspoofchk,
    isolated: fields.portIsolation,
    staysDown: fields.disableContainerInterface,
    detectsDuplicates: fields.enabledad,
    ...(mac && { mac }),
    dns: fields.dns,
    ...(ipam && { ipam }),
    ...(prevResult !== undefined && { prevResult }),
    valid: fields["cni.dev/valid-attachments"]
      .map(({ containerID, ifname }) => ({ containerId: containerID, ifname })),
  };
}
