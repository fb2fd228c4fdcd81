import assert from "node:assert/strict";
import fc from "fast-check";
import { addressFromBytes, parseAddress } from "../address.ts";
import { parseReverseName, reverseName } from "./reverse.ts";

Deno.test("reverse names are RFC 1035's and RFC 3596's", () => {
  const name = (text: string) => reverseName(parseAddress(text));
  assert.equal(name("10.2.0.52"), "52.0.2.10.in-addr.arpa");
  assert.equal(
    name("4321:0:1:2:3:4:567:89ab"),
    "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa",
  );
});

Deno.test("each address is read back from its reverse name", () => {
  const address = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
  ).map(addressFromBytes);
  fc.assert(fc.property(address, (address) => {
    assert.deepEqual(parseReverseName(reverseName(address)), address);
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
