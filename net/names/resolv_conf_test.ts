import assert from "node:assert/strict";
import { type Address, parseAddress } from "../address.ts";
import { randomFrom } from "../netlink/testing.ts";
import { formatResolvConf, parseResolvConf } from "./resolv_conf.ts";

Deno.test("a file is read and written", () => {
  const text = "nameserver 10.0.0.1\n" +
    "nameserver fe80::1%eth0\n" +
    "search example.com corp\n" +
    "options ndots:2 rotate\n" +
    "sortlist 130.155.160.0/255.255.240.0\n";
  assert.deepEqual(parseResolvConf(text), {
    nameServers: [
      { address: parseAddress("10.0.0.1") },
      { address: parseAddress("fe80::1"), zone: "eth0" },
    ],
    search: ["example.com", "corp"],
    options: ["ndots:2", "rotate"],
    others: ["sortlist 130.155.160.0/255.255.240.0"],
    unreadable: [],
  });
  assert.equal(formatResolvConf(parseResolvConf(text)), text);
});

const READ = [
  // what, text, how it is written
  ["comments", "# a\n; b\n \t# c\nnameserver 1.1.1.1 # d\n", [
    "nameserver 1.1.1.1",
  ]],
  ["tabs and blanks", "\tnameserver\t 1.1.1.1  \r\nsearch \ta\t b\v\n", [
    "nameserver 1.1.1.1",
    "search a b",
  ]],
  ["a comment in a list", "search a ;b c\noptions rotate #x\n", [
    "search a",
    "options rotate",
  ]],
  ["no newline at the end", "nameserver ::1", ["nameserver ::1"]],
  ["the last list of domains", "search a b\ndomain c d\n", ["search c"]],
  ["the last list, again", "domain c\nsearch a b\n", ["search a b"]],
  ["the root to search in", "search .\n", ["search ."]],
  ["all options", "options a\noptions b c\n", ["options a b c"]],
  ["keywords alone", "nameserver\nsearch a\nsearch\ndomain #\noptions\n", [
    "search a",
  ]],
  ["unknown lines as they are", " lookup  file bind # x \nfoo\n", [
    "lookup  file bind # x",
    "foo",
  ]],
  ["keywords in small letters", "Nameserver 1.1.1.1\n", [
    "Nameserver 1.1.1.1",
  ]],
  ["the servers before the rest", "search a\nnameserver 1.1.1.1\n", [
    "nameserver 1.1.1.1",
    "search a",
  ]],
  ["nothing", "", []],
] as const;

for (const [what, text, lines] of READ) {
  Deno.test(`reading resolv.conf: ${what}`, () => {
    const written = lines.map((line) => `${line}\n`).join("");
    assert.equal(formatResolvConf(parseResolvConf(text)), written);
  });
}

Deno.test("a name server that is no address is told apart", () => {
  const texts = [
    "localhost",
    "127.1",
    "1.2.3.4%eth0",
    "fe80::1%",
    "1.1.1.1:53",
  ];
  const { nameServers, unreadable } = parseResolvConf(
    texts.map((text) => `nameserver ${text}\n`).join(""),
  );
  assert.deepEqual(nameServers, []);
  assert.deepEqual(unreadable, texts);
});

Deno.test("whatever is written is read as the same", () => {
  const random = randomFrom(17);
  const some = <T>(most: number, make: () => T): T[] =>
    Array.from({ length: random(most + 1) }, make);
  const word = () => `${"abcxyz"[random(6)]}${random(1000)}`;
  const address = (): Address =>
    random(2)
      ? { family: 4, value: BigInt(random(2 ** 31)) }
      : { family: 6, value: BigInt(random(2 ** 31)) << BigInt(random(96)) };
  for (let i = 0; i < 2000; i++) {
    const conf = {
      nameServers: some(4, () => {
        const server = { address: address() };
        return server.address.family === 6 && random(3) === 0
          ? { ...server, zone: word() }
          : server;
      }),
      search: some(7, () => `${word()}.${word()}`),
      options: some(3, () => `${word()}:${random(9)}`),
      others: some(2, () => `sortlist ${word()} # ${word()}`),
    };
    assert.deepEqual(parseResolvConf(formatResolvConf(conf)), {
      ...conf,
      unreadable: [],
    });
  }
});

Deno.test("any text is read, and what is written of it is read as the same", () => {
  const pieces = [
    "nameserver",
    "search",
    "domain",
    "options",
    "sortlist",
    " ",
    " ",
    "\t",
    "\n",
    "\n",
    "\r",
    "#",
    ";",
    "10.0.0.1",
    "fe80::1",
    "%eth0",
    "a.b",
    "ndots:1",
    "\0",
    "\u2028",
    "é",
  ];
  const random = randomFrom(19);
  for (let i = 0; i < 5000; i++) {
    const text = Array.from(
      { length: random(24) },
      () => pieces[random(pieces.length)]!,
    ).join("");
    const conf = parseResolvConf(text);
    assert.deepEqual(parseResolvConf(formatResolvConf(conf)), {
      ...conf,
      unreadable: [],
    });
  }
});
