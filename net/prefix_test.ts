import assert from "node:assert/strict";
import { formatAddress, parseAddress } from "./address.ts";
import {
  containsAddress,
  containsPrefix,
  countAddresses,
  firstAddress,
  formatPrefix,
  lastAddress,
  networkOf,
  nthAddress,
  overlaps,
  parseNetwork,
  parsePrefix,
  unusableAddresses,
} from "./prefix.ts";

Deno.test("a prefix keeps the address it was written with", () => {
  assert.equal(formatPrefix(parsePrefix("10.88.0.1/16")), "10.88.0.1/16");
  const network = networkOf(parsePrefix("10.88.3.1/16"));
  assert.equal(formatPrefix(network), "10.88.0.0/16");
  assert.equal(
    formatPrefix(networkOf(parsePrefix("fd00::1:2/112"))),
    "fd00::1:0/112",
  );
});

Deno.test("a prefix needs a length that its address can have", () => {
  assert.throws(() => parsePrefix("10.0.0.0"), /a length has to follow/);
  assert.throws(() => parsePrefix("10.0.0.0/33"), /"33" is no length .* 32/);
  assert.throws(() => parsePrefix("fd00::/129"), /"129" is no length .* 128/);
  for (const length of ["", "08", "-1", "+8", "8 ", "255.0.0.0", "8/9"]) {
    assert.throws(() => parsePrefix(`10.0.0.0/${length}`), /is no length/);
  }
  assert.throws(() => parsePrefix("10.0.0/8"), /four numbers/);
});

Deno.test("a network has no bits beyond its prefix", () => {
  assert.equal(formatPrefix(parseNetwork("10.88.0.0/16")), "10.88.0.0/16");
  assert.throws(
    () => parseNetwork("10.88.0.1/16"),
    /it is an address in the network 10\.88\.0\.0\/16/,
  );
});

Deno.test("a prefix has a first, a last and an nth address", () => {
  const ends = (text: string) => {
    const prefix = parsePrefix(text);
    const [first, last] = [firstAddress(prefix), lastAddress(prefix)];
    const count = countAddresses(prefix);
    return [formatAddress(first), formatAddress(last), count];
  };
  assert.deepEqual(ends("10.88.7.9/16"), [
    "10.88.0.0",
    "10.88.255.255",
    65536n,
  ]);
  assert.deepEqual(ends("0.0.0.0/0"), [
    "0.0.0.0",
    "255.255.255.255",
    1n << 32n,
  ]);
  assert.deepEqual(ends("10.0.0.1/32"), ["10.0.0.1", "10.0.0.1", 1n]);
  assert.deepEqual(ends("::1/128"), ["::1", "::1", 1n]);
  assert.deepEqual(ends("fd00::/127"), ["fd00::", "fd00::1", 2n]);
  assert.equal(ends("::/0")[2], 1n << 128n);
  const nth = (n: bigint) =>
    formatAddress(nthAddress(parsePrefix("10.0.0.5/24"), n));
  assert.deepEqual([0n, 1n, 255n, -1n, -256n].map(nth), [
    "10.0.0.0",
    "10.0.0.1",
    "10.0.0.255",
    "10.0.0.255",
    "10.0.0.0",
  ]);
  assert.throws(() => nth(256n), /256 addresses and none with index 256/);
  assert.throws(() => nth(-257n), RangeError);
});

Deno.test("prefixes contain addresses and each other", () => {
  const p = parsePrefix;
  assert(containsAddress(p("10.0.0.0/8"), parseAddress("10.255.255.255")));
  assert(!containsAddress(p("10.0.0.0/8"), parseAddress("11.0.0.0")));
  assert(!containsAddress(p("0.0.0.0/0"), parseAddress("::")));
  assert(containsAddress(p("::/0"), parseAddress("ffff::")));
  assert(containsPrefix(p("10.0.0.0/8"), p("10.1.0.0/16")));
  assert(!containsPrefix(p("10.1.0.0/16"), p("10.0.0.0/8")));
  assert(containsPrefix(p("10.0.0.0/8"), p("10.0.0.0/8")));
  assert(overlaps(p("10.1.0.0/16"), p("10.0.0.0/8")));
  assert(overlaps(p("10.0.0.0/8"), p("10.1.0.0/16")));
  assert(!overlaps(p("10.0.0.0/24"), p("10.0.1.0/24")));
  assert(!overlaps(p("0.0.0.0/0"), p("::/0")));
});

Deno.test("some addresses of a prefix are no host's", () => {
  const unusable = (text: string) =>
    unusableAddresses(parsePrefix(text)).map(formatAddress);
  assert.deepEqual(unusable("10.0.0.0/24"), ["10.0.0.0", "10.0.0.255"]);
  assert.deepEqual(unusable("10.0.0.0/30"), ["10.0.0.0", "10.0.0.3"]);
  assert.deepEqual(unusable("10.0.0.0/31"), []);
  assert.deepEqual(unusable("10.0.0.0/32"), []);
  assert.deepEqual(unusable("fd00::/64"), ["fd00::"]);
  assert.deepEqual(unusable("fd00::/127"), []);
});
