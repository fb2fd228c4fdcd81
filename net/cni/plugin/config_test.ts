import assert from "node:assert/strict";
import fc from "fast-check";
import { formatAddress } from "../../address.ts";
import { formatPrefix } from "../../prefix.ts";
import { CNI_CODE, CniError } from "../error.ts";
import { CNI_VERSIONS } from "../version.ts";
import { type BridgeConfig, parseConfig, parseStdin } from "./config.ts";
import { parseArgs, parseEnvironment } from "./environment.ts";

const BASE = { cniVersion: "1.0.0", name: "net", type: "bridge" };
const LOCAL = { type: "host-local", subnet: "10.1.0.0/24" };

/** Reads a configuration, as it comes on stdin. */
function parse(fields: object, args = ""): BridgeConfig {
  const stdin = JSON.stringify({ ...BASE, ...fields });
  return parseConfig(parseStdin(stdin), parseArgs(args));
}

/** The details of the error that a configuration is refused with. */
function problemOf(fields: object): string {
  try {
    parse(fields);
  } catch (error) {
    assert(error instanceof CniError);
    assert.equal(error.code, CNI_CODE.INVALID_CONFIG, error.message);
    return error.details ?? "";
  }
  assert.fail("it was taken");
}

function localOf({ ipam }: BridgeConfig) {
  assert(ipam?.by === "host-local");
  return ipam.hostLocal;
}

Deno.test("what is left out has the reference plugin's defaults", () => {
  assert.deepEqual(parse({}), {
    version: "1.0.0",
    name: "net",
    bridge: "cni0",
    isGateway: false,
    isDefaultGateway: false,
    forceAddress: false,
    masquerade: false,
    hairpin: false,
    promiscuous: false,
    trunk: [],
    keepsDefaultVlan: false,
    guardsMac: false,
    isolated: false,
    staysDown: false,
    detectsDuplicates: false,
    dns: {},
    valid: [],
  });
});

Deno.test("keys nobody knows, and null, are passed over", () => {
  const config = parse({ _comment: "ours", mtu: null, ipam: {}, vlan: 0 });
  assert.equal(config.mtu, undefined);
  assert.equal(config.vlan, undefined);
  assert.equal(config.ipam, undefined);
});

Deno.test("a default gateway is a gateway", () => {
  assert.equal(parse({ isDefaultGateway: true }).isGateway, true);
});

Deno.test("an Ethernet address: runtimeConfig, then args, then CNI_ARGS", () => {
  const [one, two, three] = [1, 2, 3].map((n) => `02:00:00:00:00:0${n}`);
  const env = `MAC=${three}`;
  const args = { cni: { mac: two } };
  const runtimeConfig = { mac: one };
  assert.equal(parse({ args, runtimeConfig }, env).mac, one);
  assert.equal(parse({ args, runtimeConfig: { mac: "" } }, env).mac, two);
  assert.equal(parse({}, env).mac, three);
});

Deno.test("addresses are asked for in three places, ranges in three forms", () => {
  const { requested, rangeSets, directory } = localOf(parse({
    ipam: { ...LOCAL, ranges: [[{ subnet: "fd00::/64" }]] },
    args: { cni: { ips: ["10.1.0.8/24"] } },
    runtimeConfig: {
      ips: ["fd00::8"],
      ipRanges: [[{ subnet: "10.2.0.0/16", rangeStart: "10.2.1.0" }]],
    },
  }, "IP=10.2.1.9;IgnoreUnknown=1;K8S_POD_NAME=web"));
  assert.deepEqual(requested.map(formatAddress), [
    "10.2.1.9",
    "10.1.0.8",
    "fd00::8",
  ]);
  assert.deepEqual(
    rangeSets.map(([range]) => [
      formatPrefix(range!.subnet),
      ...[range!.gateway, range!.first, range!.last].map(formatAddress),
    ]),
    [
      ["10.2.0.0/16", "10.2.0.1", "10.2.1.0", "10.2.255.254"],
      ["10.1.0.0/24", "10.1.0.1", "10.1.0.1", "10.1.0.254"],
      ["fd00::/64", "fd00::1", "fd00::1", "fd00::ffff:ffff:ffff:ffff"],
    ],
  );
  assert.equal(directory, "/var/lib/cni/networks/net");
});

Deno.test("another IPAM plugin reads its own configuration", () => {
  assert.deepEqual(parse({ ipam: { type: "dhcp", subnet: 7 } }).ipam, {
    by: "plugin",
    program: "dhcp",
  });
});

Deno.test("a trunk's VLANs are sorted and joined", () => {
  const vlanTrunk = [
    { minID: 10, maxID: 20, id: 7 },
    { id: 21 },
    { minID: 15, maxID: 18 },
  ];
  assert.deepEqual(parse({ vlanTrunk }).trunk, [
    [7, 7],
    [10, 21],
  ]);
});

/** A configuration, and what its error has to say. */
const REFUSED: readonly [object, RegExp][] = [
  [{ name: "../up" }, /^name: expected a name of letters.*, got "\.\.\/up"$/],
  [
    { bridge: "a/b" },
    /^bridge: "a\/b" is no interface name: allowed are 1 to /,
  ],
  [{ isGateway: "yes" }, /^isGateway: expected true or false, got "yes"$/],
  [{ mtu: 20 }, /^mtu: expected 0, .* from 68 to 65535, got 20$/],
  [{ vlan: 4095 }, /^vlan: expected a whole number from 0 to 4094, got 4095$/],
  [{ vlanTrunk: [{ minID: 5 }] }, /^vlanTrunk\[0\]: maxID is missing; /],
  [
    { vlanTrunk: [{ id: 0 }] },
    /^vlanTrunk\[0\]\.id: .* from 1 to 4094, got 0$/,
  ],
  [
    { vlanTrunk: [{ minID: 5, maxID: 4 }] },
    /^vlanTrunk\[0\]: maxID 4 is less than minID 5$/,
  ],
  [{ ipMasqBackend: "ebtables" }, /^ipMasqBackend: .* iptables, nftables, got/],
  [{ hairpinMode: true, promiscMode: true }, /^hairpinMode: .* promiscMode/],
  [{ disableContainerInterface: true, ipam: LOCAL }, /^disableContainerInter/],
  [
    { bridge: "bridge-of-ours", vlan: 100, isGateway: true },
    /^bridge: is too long to be a gateway of a VLAN/,
  ],
  [
    { ipam: { type: "../x" } },
    /^ipam\.type: expected the name of a program in CNI_/,
  ],
  [{ ipam: { type: "host-local" } }, /^ipam: has no addresses; give it subnet/],
  [
    { ipam: { ...LOCAL, subnet: "10.1.0.5/24" } },
    /^ipam\.subnet: .* in the network 10\.1\.0\.0\/24$/,
  ],
  [
    { ipam: { ...LOCAL, subnet: "10.1.0.0/31" } },
    /^ipam\.subnet: .* too small/,
  ],
  [
    { ipam: { ...LOCAL, rangeEnd: "10.1.1.9" } },
    /^ipam\.rangeEnd: 10\.1\.1\.9 is not in 10\.1\.0\.0\/24$/,
  ],
  [
    { ipam: { ...LOCAL, rangeStart: "10.1.0.9", rangeEnd: "10.1.0.8" } },
    /^ipam: rangeEnd 10\.1\.0\.8 is before rangeStart 10\.1\.0\.9$/,
  ],
  [
    { ipam: { ...LOCAL, ranges: [[{ subnet: "10.1.0.0/16" }]] } },
    /^ipam: 10\.1\.0\.1 to 10\.1\.0\.254 overlaps 10\.1\.0\.1 to 10\.1\.255\./,
  ],
  [
    {
      ipam: {
        type: "host-local",
        ranges: [[{ subnet: "10.1.0.0/24" }, { subnet: "fd00::/64" }]],
      },
    },
    /^ipam: .* a set has one IP version only$/,
  ],
  [
    { ipam: { type: "host-local", ranges: [[]] } },
    /^ipam\.ranges\[0\]: a set has at least one range$/,
  ],
  [{ ipam: { ...LOCAL, dataDir: "x" } }, /^ipam\.dataDir: .* begins with "\/"/],
  [
    { ipam: { ...LOCAL, routes: [{ dst: "0/0" }] } },
    /^ipam\.routes\[0\]\.dst: /,
  ],
  [
    { dns: { nameservers: "1.1.1.1" } },
    /^dns\.nameservers: expected a list of/,
  ],
  [
    { runtimeConfig: { mac: "1:2" } },
    /^runtimeConfig\.mac: .* six pairs of hex/,
  ],
  [
    { args: { cni: { ips: ["x"] } } },
    /^args\.cni\.ips\[0\]: "x" is no IP addr/,
  ],
];

for (const [fields, message] of REFUSED) {
  Deno.test(`${JSON.stringify(fields)} is refused with place and remedy`, () => {
    assert.match(problemOf(fields), message);
  });
}

Deno.test("every problem is told at once", () => {
  assert.match(problemOf({ vlan: -1, mtu: "x" }), /^mtu: .*; vlan: /);
});

Deno.test("versions, and what is no JSON, have codes of their own", () => {
  const codeOf = (action: () => unknown) => {
    try {
      action();
    } catch (error) {
      return error instanceof CniError ? error.code : error;
    }
  };
  assert.equal(codeOf(() => parse({ cniVersion: "0.1.0" })), 1);
  assert.equal(codeOf(() => parseStdin("")), 6);
  assert.equal(codeOf(() => parseStdin("[]")), 6);
  assert.equal(codeOf(() => parseStdin("{")), 6);
});

Deno.test("the environment: what a command lacks is named", () => {
  const ids = { CNI_CONTAINERID: "web-1", CNI_IFNAME: "eth0" };
  const messageOf = (environment: Record<string, string>) => {
    try {
      parseEnvironment(environment);
    } catch (error) {
      assert(error instanceof CniError && error.code === 4);
      return error.message;
    }
  };
  assert.match(
    messageOf({ CNI_COMMAND: "add" })!,
    /^invalid CNI_COMMAND "add"; /,
  );
  assert.equal(
    messageOf({ CNI_COMMAND: "ADD" }),
    "CNI_CONTAINERID, CNI_IFNAME, CNI_NETNS missing; ADD needs them",
  );
  assert.equal(
    messageOf({ CNI_COMMAND: "CHECK", ...ids }),
    "CNI_NETNS missing; CHECK needs it",
  );
  assert.equal(messageOf({ CNI_COMMAND: "DEL", ...ids }), undefined);
  assert.match(
    messageOf({ CNI_COMMAND: "DEL", ...ids, CNI_CONTAINERID: "../up" })!,
    /^invalid CNI_CONTAINERID "\.\.\/up"; allowed: letters, /,
  );
  assert.match(
    messageOf({ CNI_COMMAND: "DEL", ...ids, CNI_IFNAME: "a/b" })!,
    /^invalid CNI_IFNAME; "a\/b" is no interface name: /,
  );
});

Deno.test("CNI_ARGS: unknown keys need IgnoreUnknown", () => {
  assert.throws(() => parseArgs("FOO=1"), /unknown: FOO; allowed: MAC, IP, /);
  assert.throws(() => parseArgs("MAC"), /"MAC" is not KEY=VALUE/);
  assert.throws(() => parseArgs("IP=x"), /invalid CNI_ARGS "IP=x"; "x" is no /);
  assert.deepEqual(parseArgs("FOO=1;IgnoreUnknown=true"), {});
  assert.deepEqual(parseArgs("MAC=02:00:00:00:00:AB").mac, "02:00:00:00:00:ab");
});

/** Any JSON below keys that mean something. */
const anyConfig = fc.dictionary(
  fc.constantFrom(
    ...["bridge", "isGateway", "ipMasq", "hairpinMode", "mtu", "vlan"],
    ...["vlanTrunk", "args", "runtimeConfig", "dns", "ipam", "prevResult"],
    ...["cni.dev/valid-attachments", "macspoofchk", "other", "__proto__"],
  ),
  fc.oneof(
    fc.jsonValue(),
    fc.record({
      type: fc.constantFrom("host-local", "dhcp", "", 7),
      subnet: fc.oneof(fc.constant("10.0.0.0/24"), fc.string(), fc.ipV4()),
      ranges: fc.jsonValue(),
      routes: fc.jsonValue(),
    }, { requiredKeys: [] }),
    fc.array(fc.record({ minID: fc.integer(), id: fc.integer() })),
  ),
);

Deno.test("any JSON is a configuration, or refused in CNI's words", () => {
  fc.assert(
    fc.property(
      anyConfig,
      fc.constantFrom<unknown>(...CNI_VERSIONS, "0.2.0", 1),
      (fields, cniVersion) => {
        try {
          const config = parse({ ...fields, cniVersion });
          assert(config.mtu === undefined || config.mtu >= 68);
        } catch (error) {
          assert(error instanceof CniError, String(error));
          assert([1, 7].includes(error.code), error.message);
          assert(!error.message.includes("\n"));
        }
      },
    ),
    { numRuns: 1000 },
  );
});
