import assert from "node:assert/strict";
import fc from "fast-check";
import { addressFromBytes, formatAddress } from "../address.ts";
import { parseReverseName } from "./reverse.ts";

Deno.test("reverse names are RFC 1035's and RFC 3596's", () => {
  const read = (name: string) => formatAddress(parseReverseName(name)!);
  assert.equal(read("52.0.2.10.in-addr.arpa"), "10.2.0.52");
  assert.equal(
    read(
      "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa",
    ),
    "4321:0:1:2:3:4:567:89ab",
  );
});

Deno.test("each address is read from its reverse name", () => {
  const bytes = (count: number) =>
    fc.uint8Array({ minLength: count, maxLength: count });
  fc.assert(fc.property(bytes(4), (four) => {
    const name = `${four.toReversed().join(".")}.in-addr.arpa`;
    assert.deepEqual(parseReverseName(name), addressFromBytes(four));
  }));
  fc.assert(fc.property(bytes(16), (six) => {
    const name = `${[...six.toHex()].reverse().join(".")}.ip6.arpa`;
    assert.deepEqual(parseReverseName(name), addressFromBytes(six));
  }));
});

const OTHERS = [
  "",
  "arpa",
  "in-addr.arpa",
  "88.10.in-addr.arpa",
  "1.2.3.4.5.in-addr.arpa",
  "256.0.0.10.in-addr.arpa",
  "x.0.0.10.in-addr.arpa",
  "1.0.88.10.in-addr.arpa.example.com",
  `${"0.".repeat(31)}ip6.arpa`,
  `${"0.".repeat(33)}ip6.arpa`,
  `${"g.".repeat(32)}ip6.arpa`,
];

for (const name of OTHERS) {
  Deno.test(`"${name}" is no address's name`, () => {
    assert.equal(parseReverseName(name), undefined);
  });
}
