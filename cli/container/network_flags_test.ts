import assert from "node:assert/strict";
import { validateSpecification } from "../../container/specification/specification.ts";
import { parseFlags } from "../flags.ts";
import { loadOrder } from "./load.ts";
import { networkWish } from "./network_flag.ts";
import { withPlace } from "./network_flags.ts";
import { RUN_FLAGS } from "./run_flags.ts";

async function read(...words: string[]) {
  const parsed = parseFlags(RUN_FLAGS, words, { stopAtOperand: true });
  const [image = "/image"] = parsed.operands;
  return (await loadOrder(parsed.flags, { image, args: [] })).specification;
}

Deno.test("--network is a word, or a network as docker or podman say it", () => {
  const full = {
    name: "front",
    ip: "10.1.0.9",
    ip6: "fd00::9",
    mac: "02:42:0a:01:00:09",
    aliases: ["a", "b"],
    interface: "web0",
  };
  const cases: [text: string, wish: unknown][] = [
    ["front", "front"],
    ["container:web", "container:web"],
    ["ns:/run/netns/a=b", "ns:/run/netns/a=b"],
    ["name=front", { name: "front" }],
    [
      "name=front,alias=a,alias=b,ip=10.1.0.9,ip6=fd00::9," +
      "mac-address=02:42:0a:01:00:09,interface=web0",
      full,
    ],
    [
      "front:ip=10.1.0.9,ip=fd00::9,mac=02:42:0a:01:00:09,alias=a,alias=b," +
      "interface_name=web0",
      full,
    ],
  ];
  for (const [text, wish] of cases) assert.deepEqual(networkWish(text), wish);
});

Deno.test("a wrong --network is told", () => {
  const cases: [text: string, message: RegExp][] = [
    ["", /^must not be empty$/],
    ["ip=10.1.0.9", /^has no name=NETWORK$/],
    ["front:ipv4=10.1.0.9", /^has no key "ipv4"; allowed: name, ip, ip6, mac/],
    ["front:ip=", /^has no value for ip$/],
    ["front:ip=10.1.0.9,ip=10.1.0.8", /^says ip twice$/],
    ["front:name=back", /^names two networks, front and back$/],
  ];
  for (const [text, message] of cases) {
    assert.throws(() => networkWish(text), { message });
  }
});

Deno.test("flags say of names what a file would", async () => {
  const { hostAliases, dnsConfig, hostname, domainname } = await read(
    ...["--add-host", "db:10.0.0.1", "--add-host", "six=[fd00::1]"],
    ...["--add-host", "host.docker.internal:host-gateway"],
    ...["--dns", "10.0.0.53", "--dns", "fd00::53", "--dns-search", "a.test."],
    ...["--dns-option", "ndots:2", "--dns-opt", "rotate"],
    ...["--hostname", "web", "--domainname", "example.com"],
  );
  assert.deepEqual({ hostAliases, dnsConfig, hostname, domainname }, {
    hostAliases: [
      { ip: "10.0.0.1", hostnames: ["db"] },
      { ip: "fd00::1", hostnames: ["six"] },
      { ip: "host-gateway", hostnames: ["host.docker.internal"] },
    ],
    dnsConfig: {
      nameservers: ["10.0.0.53", "fd00::53"],
      searches: ["a.test"],
      options: ["ndots:2", "rotate"],
    },
    hostname: "web",
    domainname: "example.com",
  });
});

Deno.test("an address, a MAC and aliases are for the network beside them", async () => {
  const { network } = await read(
    ...["--network", "front:alias=a", "--ip", "10.1.0.9", "--ip6", "FD00::9"],
    ...["--mac-address", "02:42:0A:01:00:09"],
    ...["--network-alias", "b", "--network-alias", "a"],
  );
  assert.deepEqual(network, {
    kind: "networks",
    networks: [{
      name: "front",
      interface: "eth0",
      aliases: ["a", "b"],
      ip: "10.1.0.9",
      ip6: "fd00::9",
      mac: "02:42:0a:01:00:09",
    }],
  });
  // Not by loadOrder(), which the environment may tell of another.
  const words = ["--mac", "02:42:0a:01:00:09"];
  const { flags } = parseFlags(RUN_FLAGS, words, { stopAtOperand: true });
  const usual = withPlace(validateSpecification({ image: "/image" }), flags);
  assert.deepEqual(usual.network, {
    kind: "networks",
    networks: [{
      name: "bridge",
      interface: "eth0",
      aliases: [],
      mac: "02:42:0a:01:00:09",
    }],
  });
  const several = await read("--network=a", "--network=b", "--network-alias=x");
  assert(several.network?.kind === "networks");
  const aliases = several.network.networks.map(({ aliases }) => aliases);
  assert.deepEqual(aliases, [["x"], ["x"]]);
});

Deno.test("flags are laid over what a file says of networks and names", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const file = `${directory}/web.yaml`;
    await Deno.writeTextFile(
      file,
      `image: .
network: front
hostAliases: [{ip: 10.0.0.1, hostnames: [db]}]
dnsConfig: {nameservers: [10.0.0.53], searches: [a.test]}
`,
    );
    const { network, hostAliases, dnsConfig } = await read(
      ...["--ip", "10.1.0.9", "--add-host", "db:10.0.0.2", "--dns-search", "."],
      file,
    );
    assert.deepEqual({ network, hostAliases, dnsConfig }, {
      network: {
        kind: "networks",
        networks: [
          { name: "front", interface: "eth0", aliases: [], ip: "10.1.0.9" },
        ],
      },
      hostAliases: [
        { ip: "10.0.0.2", hostnames: ["db"] },
        { ip: "10.0.0.1", hostnames: ["db"] },
      ],
      dnsConfig: { nameservers: ["10.0.0.53"], searches: ["."], options: [] },
    });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("what flags say of networks and names, and cannot be, is told", async () => {
  const cases: [words: string[], message: RegExp][] = [
    [
      ["--ip", "10.1.0.9"],
      /^--ip is for a network that is named, .*: add --network NAME$/,
    ],
    [
      ["--network", "host", "--mac", "02:42:0a:01:00:09"],
      /^--mac-address is for .* one has --network host; add --network NAME$/,
    ],
    [
      ["--network", "none", "--network-alias", "a"],
      /^--network-alias is for a container on a network/,
    ],
    [
      ["--network", "a", "--network", "b", "--ip6", "fd00::1"],
      /^--ip6 is for one network, .* on 2; .*: --network a:ip6=fd00::1$/,
    ],
    [
      ["--network", "a:ip=10.1.0.8", "--ip", "10.1.0.9"],
      /^--ip 10.1.0.9: network "a" is to have 10.1.0.8; say one of them$/,
    ],
    [["--ip", "fd00::1"], /^--ip fd00::1: must be an IPv4 address$/],
    [["--ip6", "10.1.0.9"], /^--ip6 10.1.0.9: must be an IPv6 address$/],
    [["--mac", "7"], /^--mac 7: "7" is no Ethernet address: /],
    [["--network", "a:ip=7"], /^--network: "7" is no IP address: /],
    [["--network", "a:alias=b c"], /^--network: expected 1 to 128 letters/],
    [["--network-alias", "b c"], /^--network-alias b c: must be 1 to 128 /],
    [["--add-host", "db"], /^--add-host db: "db" is no entry for/],
    [["--dns", "dns.test"], /^--dns: "dns.test" is no IP address/],
    [["--dns-search", "a b"], /^--dns-search: "a b" is no search domain/],
    [["--dns-opt", "ndots"], /^--dns-option: "ndots" is no resolver option/],
    [["--domainname", "a b"], /^--domainname: "a b" is no domain name/],
    [
      ["--network", "container:a", "--dns", "10.0.0.53"],
      /^--dns: cannot be set with network: container:a$/,
    ],
    [
      ["--network", "container:a", "--add-host", "b:10.0.0.1"],
      /^--add-host: cannot be set with network: container:a$/,
    ],
  ];
  for (const [words, message] of cases) {
    await assert.rejects(read(...words), { message }, words.join(" "));
  }
});
