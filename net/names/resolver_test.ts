import assert from "node:assert/strict";
import { parseAddress } from "../address.ts";
import { randomFrom } from "../netlink/testing.ts";
import { InvalidNameError } from "./name.ts";
import { parseResolvConf } from "./resolv_conf.ts";
import {
  deriveResolvConf,
  isSystemdStub,
  parseResolverOption,
  parseSearchDomain,
  type ResolverRequest,
} from "./resolver.ts";

const PLAIN: ResolverRequest = {
  dns: [],
  dnsSearch: [],
  dnsOptions: [],
  hostNetwork: false,
  ipv6: false,
};
const IPV6 = { ...PLAIN, ipv6: true };
const HOST = { ...PLAIN, hostNetwork: true };
const dns = (...texts: string[]) => ({ dns: texts.map(parseAddress) });

const FULL = `# from DHCP
nameserver 10.0.0.1
nameserver 127.0.0.1
nameserver fd00::1
search example.com
options ndots:2
sortlist 10.0.0.0
`;

const CASES: readonly [string, ResolverRequest, string, string][] = [
  [
    "name servers out of reach are left out",
    PLAIN,
    FULL,
    "nameserver 10.0.0.1\nsearch example.com\noptions ndots:2\n" +
    "sortlist 10.0.0.0\n",
  ],
  [
    "IPv6 name servers stay on a network with IPv6",
    IPV6,
    FULL,
    "nameserver 10.0.0.1\nnameserver fd00::1\nsearch example.com\n" +
    "options ndots:2\nsortlist 10.0.0.0\n",
  ],
  [
    "all that means the host itself is left out",
    IPV6,
    ["127.8.9.1", "::1", "0.0.0.0", "::", "::ffff:127.0.0.1", "fe80::1%eth0"]
      .map((text) => `nameserver ${text}\n`).join("") + "nameserver 9.9.9.9",
    "nameserver 9.9.9.9\n",
  ],
  [
    "link-local IPv4 name servers, which clouds have, stay",
    PLAIN,
    "nameserver 169.254.169.253\n",
    "nameserver 169.254.169.253\n",
  ],
  [
    "given name servers replace the host's, loopback ones too",
    { ...PLAIN, ...dns("127.0.0.1", "9.9.9.9") },
    FULL,
    "nameserver 127.0.0.1\nnameserver 9.9.9.9\nsearch example.com\n" +
    "options ndots:2\nsortlist 10.0.0.0\n",
  ],
  [
    "given search domains replace the host's",
    { ...PLAIN, dnsSearch: ["a", ".", "b"] },
    "nameserver 10.0.0.1\nsearch x\n",
    "nameserver 10.0.0.1\nsearch a b\n",
  ],
  [
    "the search domain . means none",
    { ...PLAIN, dnsSearch: ["."] },
    "nameserver 10.0.0.1\nsearch x\n",
    "nameserver 10.0.0.1\n",
  ],
  [
    "given options replace the host's",
    { ...PLAIN, dnsOptions: ["rotate"] },
    "nameserver 10.0.0.1\noptions ndots:2\n",
    "nameserver 10.0.0.1\noptions rotate\n",
  ],
  [
    "the host's file is copied with its network",
    HOST,
    `${FULL}nameserver nonsense`,
    `${FULL}nameserver nonsense`,
  ],
  ["the host may have no file", HOST, "", ""],
  [
    "with the host's network nothing else changes",
    { ...HOST, dnsSearch: ["a"] },
    FULL,
    "nameserver 10.0.0.1\nnameserver 127.0.0.1\nnameserver fd00::1\n" +
    "search a\noptions ndots:2\nsortlist 10.0.0.0\n",
  ],
  [
    "the network's server replaces all name servers",
    { ...PLAIN, server: parseAddress("10.88.0.1") },
    "nameserver 10.0.0.1\nsearch x\noptions rotate\n",
    "nameserver 10.88.0.1\nsearch x\noptions rotate ndots:0\n",
  ],
  [
    "the network's server replaces the given ones",
    { ...PLAIN, ...dns("9.9.9.9"), server: parseAddress("fd00::1") },
    "",
    "nameserver fd00::1\noptions ndots:0\n",
  ],
  [
    "a number of dots is kept with the network's server",
    { ...PLAIN, dnsOptions: ["ndots:3"], server: parseAddress("10.88.0.1") },
    "options ndots:9\n",
    "nameserver 10.88.0.1\noptions ndots:3\n",
  ],
  [
    "numbers of dots that are none are replaced",
    { ...PLAIN, server: parseAddress("10.88.0.1") },
    "options ndots ndots: ndots:-1 ndots:x ndotsy\n",
    "nameserver 10.88.0.1\noptions ndotsy ndots:0\n",
  ],
];

for (const [name, request, host, expected] of CASES) {
  Deno.test(name, () => {
    assert.deepEqual(deriveResolvConf(request, host), {
      text: expected,
      warnings: [],
    });
  });
}

const WARNED: readonly [string, ResolverRequest, string, string, string[]][] = [
  [
    "public name servers are asked when none of the host's can be",
    PLAIN,
    "nameserver 127.0.0.1\nnameserver fd00::1\nsearch x\n",
    "nameserver 8.8.8.8\nnameserver 8.8.4.4\nsearch x\n",
    [
      "the container cannot reach the host's name servers (127.0.0.1, " +
      "fd00::1) and asks public ones (8.8.8.8, 8.8.4.4) instead; name others " +
      "with --dns",
    ],
  ],
  [
    "public name servers are three on a network with IPv6",
    IPV6,
    "",
    "nameserver 8.8.8.8\nnameserver 2001:4860:4860::8888\n" +
    "nameserver 8.8.4.4\n",
    [
      "the host names no name servers and asks public ones (8.8.8.8, " +
      "2001:4860:4860::8888, 8.8.4.4) instead; name others with --dns",
    ],
  ],
  [
    "a name server that is no address is told",
    PLAIN,
    "nameserver dns\nnameserver 10.0.0.1\n",
    "nameserver 10.0.0.1\n",
    [
      'the host\'s resolv.conf has "dns" for a name server, which is no ' +
      "address and left out",
    ],
  ],
  [
    "a name server that a network without IPv6 cannot reach is told",
    { ...PLAIN, ...dns("fd00::1") },
    "",
    "nameserver fd00::1\n",
    [
      "the name server fd00::1 cannot be reached: the container's network " +
      "has no IPv6",
    ],
  ],
  [
    "more name servers than resolvers ask are told",
    { ...PLAIN, ...dns("1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.1.4") },
    "",
    "nameserver 1.1.1.1\nnameserver 1.1.1.2\nnameserver 1.1.1.3\n" +
    "nameserver 1.1.1.4\n",
    ["of 4 name servers resolvers ask the first 3"],
  ],
  [
    "more search domains than some resolvers take are told",
    { ...PLAIN, ...dns("1.1.1.1"), dnsSearch: [..."abcdefg"] },
    "",
    "nameserver 1.1.1.1\nsearch a b c d e f g\n",
    [
      "some resolvers search in no more than 6 domains of 256 characters, " +
      "and here are 7 of 13",
    ],
  ],
  [
    "options beyond what resolvers take are told",
    { ...PLAIN, ...dns("1.1.1.1"), dnsOptions: ["ndots:16", "timeout:30"] },
    "",
    "nameserver 1.1.1.1\noptions ndots:16 timeout:30\n",
    ["resolvers take ndots:16 for ndots:15"],
  ],
];

for (const [name, request, host, text, warnings] of WARNED) {
  Deno.test(name, () => {
    assert.deepEqual(deriveResolvConf(request, host), { text, warnings });
  });
}

Deno.test("systemd-resolved's stub is known when it is the only server", () => {
  const stub = "# managed\nnameserver 127.0.0.53\n";
  assert(isSystemdStub(`${stub}options edns0 trust-ad\nsearch .\n`));
  assert(!isSystemdStub(`${stub}nameserver 10.0.0.1\n`));
  assert(!isSystemdStub("nameserver 127.0.0.1\n"));
  assert(!isSystemdStub("nameserver ::127.0.0.53\n"));
  assert(!isSystemdStub(""));
});

Deno.test("search domains are names, or the root", () => {
  for (
    const [text, domain] of [
      [".", "."],
      ["example.com", "example.com"],
      ["example.com.", "example.com"],
      ["_msdcs.corp", "_msdcs.corp"],
    ] as const
  ) assert.equal(parseSearchDomain(text), domain);
  for (const text of ["", "..", "a b", "a..b", "-a", "a\nnameserver b", "#"]) {
    assert.throws(() => parseSearchDomain(text), (error) => {
      assert(error instanceof InvalidNameError);
      assert.match(error.message, /is no search domain: /);
      return true;
    });
  }
});

Deno.test("options are a name with or without a value", () => {
  for (const text of ["rotate", "ndots:0", "timeout:99", "new-one:x"]) {
    assert.equal(parseResolverOption(text), text);
  }
  const invalid = [
    ["", /expected NAME or NAME:VALUE/],
    ["a b", /expected/],
    ["a:", /expected/],
    ["#a", /expected/],
    ["a\n", /expected/],
    ["ndots", /"ndots" needs a number, such as ndots:2/],
    ["ndots:-1", /needs a number/],
    ["attempts:many", /needs a number/],
  ] as const;
  for (const [text, problem] of invalid) {
    assert.throws(() => parseResolverOption(text), (error) => {
      assert(error instanceof InvalidNameError);
      assert.match(error.message, problem);
      return true;
    });
  }
});

Deno.test("whatever the host has, a container has a name server it reaches", () => {
  const pieces = [
    "nameserver ",
    "nameserver ",
    "nameserver ",
    "options ",
    "search ",
    "\n",
    "\n",
    "127.0.0.53",
    "10.0.0.1",
    "fd00::1",
    "::1",
    "ndots:x",
    "é",
  ];
  const random = randomFrom(23);
  for (let i = 0; i < 3000; i++) {
    const host = Array.from(
      { length: random(20) },
      () => pieces[random(pieces.length)]!,
    ).join("");
    const { text } = deriveResolvConf(random(2) ? PLAIN : IPV6, host);
    const { nameServers, unreadable } = parseResolvConf(text);
    assert(nameServers.length > 0);
    assert.deepEqual(unreadable, []);
    for (const { address } of nameServers) {
      assert.notEqual(address.value, 1n);
      assert.notEqual(address.value >> 24n, 127n);
    }
  }
});
