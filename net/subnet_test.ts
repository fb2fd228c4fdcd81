import assert from "node:assert/strict";
import { formatPrefix, overlaps, parseNetwork, type Prefix } from "./prefix.ts";
import {
  chooseSubnet,
  DEFAULT_POOLS,
  findConflicts,
  localPool,
  NoFreeSubnetError,
} from "./subnet.ts";

const p = parseNetwork;
const choose = (pool: string, length: number, used: string[]) =>
  formatPrefix(chooseSubnet([{ base: p(pool), length }], used.map(p)));

Deno.test("the first subnet that overlaps nothing is chosen", () => {
  assert.equal(choose("10.0.0.0/16", 24, []), "10.0.0.0/24");
  assert.equal(choose("10.0.0.0/16", 24, ["10.0.0.0/24"]), "10.0.1.0/24");
  assert.equal(choose("10.0.0.0/16", 24, ["10.0.0.9/32"]), "10.0.1.0/24");
  assert.equal(choose("10.0.0.0/16", 24, ["10.0.0.0/20"]), "10.0.16.0/24");
  assert.equal(choose("10.0.0.0/16", 24, ["10.0.1.0/24"]), "10.0.0.0/24");
  assert.equal(choose("fd00::/48", 64, ["fd00::/64"]), "fd00:0:0:1::/64");
  assert.equal(choose("10.0.0.0/16", 24, ["fd00::/8"]), "10.0.0.0/24");
});

Deno.test("a VPN that takes all traffic leaves every subnet free", () => {
  const used = ["0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "8.0.0.0/5"];
  assert.equal(choose("10.0.0.0/16", 24, used), "10.0.0.0/24");
  assert.equal(choose("fd00::/48", 64, ["::/0", "8000::/1"]), "fd00::/64");
});

Deno.test("a VPN to all of 10/8 leads to another pool", () => {
  const subnet = chooseSubnet(DEFAULT_POOLS, [p("10.0.0.0/8")]);
  assert.equal(formatPrefix(subnet), "172.24.0.0/24");
});

Deno.test("1,664 networks fit, and the next one is an error that says why", () => {
  const used: Prefix[] = [];
  for (let i = 0; i < 1664; i++) used.push(chooseSubnet(DEFAULT_POOLS, used));
  assert.equal(new Set(used.map(formatPrefix)).size, 1664);
  for (const [a, b] of [[0, 1], [511, 512], [1535, 1536]] as const) {
    assert(!overlaps(used[a]!, used[b]!));
  }
  assert.throws(() => chooseSubnet(DEFAULT_POOLS, used), (error) => {
    assert(error instanceof NoFreeSubnetError);
    assert.match(
      error.message,
      /every \/24 of 10\.210\.0\.0\/15, .* \(10\.210\.0\.0\/24, .* and 1661 more\)/,
    );
    return true;
  });
});

Deno.test("the networks that a subnet clashes with are found", () => {
  const used = ["0.0.0.0/0", "10.0.0.0/8", "10.1.2.0/24", "11.0.0.0/8"].map(p);
  const conflicts = findConflicts(p("10.1.0.0/16"), used).map(formatPrefix);
  assert.deepEqual(conflicts, ["10.0.0.0/8", "10.1.2.0/24"]);
});

Deno.test("a pool of local IPv6 networks has the bits it was given", () => {
  const pool = localPool(Uint8Array.of(0x12, 0x34, 0x56, 0x78, 0x9a));
  assert.equal(formatPrefix(pool.base), "fd12:3456:789a::/48");
  const [first, second] = [[], [p("fd12:3456:789a::/64")]]
    .map((used) => formatPrefix(chooseSubnet([pool], used)));
  assert.equal(first, "fd12:3456:789a::/64");
  assert.equal(second, "fd12:3456:789a:1::/64");
});
