import assert from "node:assert/strict";
import { parseAddress } from "../address.ts";
import { parsePrefix } from "../prefix.ts";
import {
  type Datatype,
  decodeAll,
  encodeAll,
  formatValues,
  InvalidValueError,
  typeIdOf,
  type Value,
} from "./datatype.ts";

const KEYS: readonly [Datatype[], Value[], string, string, string][] = [
  // types, values, the first key in hex, the last one, as text
  [["inet_proto"], ["udp"], "11", "11", "udp"],
  [["inet_proto"], [1], "01", "01", "1"],
  [["ifname"], ["rkl0"], "726b6c30" + "00".repeat(12), "", '"rkl0"'],
  [
    ["inet_proto", "inet_service"],
    ["tcp", 8080],
    "06000000" + "1f900000",
    "",
    "tcp . 8080",
  ],
  [
    ["inet_proto", "ipv4_addr", "inet_service"],
    ["sctp", parsePrefix("10.88.0.0/13"), 1],
    "84000000" + "0a580000" + "00010000",
    "84000000" + "0a5fffff" + "00010000",
    "sctp . 10.88.0.0/13 . 1",
  ],
  [
    ["ipv6_addr", "inet_service"],
    [parseAddress("fd00::2"), 80],
    "fd00" + "00".repeat(13) + "02" + "00500000",
    "",
    "fd00::2 . 80",
  ],
];

for (const [types, values, first, last, text] of KEYS) {
  Deno.test(`${text} has the bytes nft gives it`, () => {
    const range = encodeAll(types, values);
    assert.equal(range.first.toHex(), first);
    assert.equal(range.last.toHex(), last || first);
    assert.deepEqual(decodeAll(types, range), values);
    assert.equal(formatValues(types, values), text);
  });
}

Deno.test("a value its type does not have is refused", () => {
  const cases: [Datatype, Value, string][] = [
    ["inet_service", 65536, "65536 is no inet_service"],
    ["inet_service", 0.5, "0.5 is no inet_service"],
    ["inet_service", "http", "http is no inet_service"],
    ["inet_proto", "icmp", "icmp is no inet_proto"],
    ["inet_proto", "toString", "toString is no inet_proto"],
    ["ipv4_addr", parseAddress("::1"), "::1 is no ipv4_addr"],
    ["ipv6_addr", parsePrefix("10.0.0.0/8"), "10.0.0.0/8 is no ipv6_addr"],
    ["ifname", "0123456789abcdef", '"0123456789abcdef" is no ifname'],
    ["ifname", "", '"" is no ifname'],
  ];
  for (const [type, value, message] of cases) {
    const refused = { name: "InvalidValueError", message };
    assert.throws(() => encodeAll([type], [value]), refused);
  }
  assert.throws(
    () => encodeAll(["inet_proto"], ["tcp", 80]),
    /a value of 2 parts is no inet_proto/,
  );
  assert(new InvalidValueError(1, "ifname") instanceof Error);
});

Deno.test("bytes of another size are no key", () => {
  const bytes = new Uint8Array(7);
  const key = { first: bytes, last: bytes };
  assert.equal(decodeAll(["inet_proto", "inet_service"], key), undefined);
});

Deno.test("typeIdOf() numbers a concatenation as nft does", () => {
  assert.equal(typeIdOf(["ifname"]), 0x29);
  assert.equal(typeIdOf(["ifname", "inet_proto"]), 0xa4c);
  const key = ["inet_proto", "ipv4_addr", "ipv4_addr", "inet_service"] as const;
  assert.equal(typeIdOf(key), 0x3071cd);
});
