import assert from "node:assert/strict";
import fc from "fast-check";
import { formatAddress, parseAddress } from "../../address.ts";
import { formatPrefix } from "../../prefix.ts";
import { chooseNext } from "./address_choice.ts";
import { parseConfig } from "./config.ts";
import type { Attachment } from "./environment.ts";
import {
  findExhausted,
  hasAddress,
  leaseAddresses,
  releaseAddresses,
  sweepAddresses,
} from "./host_local.ts";
import { isIn, type RangeSet } from "./ranges.ts";
import { parseDns } from "./resolv_conf.ts";

/** A directory for leases, and host-local in it with this configuration. */
function place(ipam: object, ips: string[] = []) {
  const dataDir = Deno.makeTempDirSync({ prefix: "rkl-test-" });
  const config = parseConfig({
    cniVersion: "1.1.0",
    name: "net",
    ipam: { type: "host-local", dataDir, ...ipam },
    args: { cni: { ips } },
  });
  assert(config.ipam?.by === "host-local");
  const { hostLocal } = config.ipam;
  return {
    hostLocal,
    lease: (id: string, ifname = "eth0") =>
      leaseAddresses(hostLocal, { containerId: id, ifname })
        .ips.map(({ address }) => formatPrefix(address)),
    files: () =>
      Array.from(Deno.readDirSync(hostLocal.directory), ({ name }) => name)
        .sort(),
    read: (file: string) =>
      Deno.readTextFileSync(`${hostLocal.directory}/${file}`),
    write: (file: string, text: string) =>
      Deno.writeTextFileSync(`${hostLocal.directory}/${file}`, text),
    [Symbol.dispose]: () => Deno.removeSync(dataDir, { recursive: true }),
  };
}

const of = (containerId: string): Attachment => ({
  containerId,
  ifname: "eth0",
});
const SMALL = { subnet: "10.1.0.0/29" }; // 6 addresses, one is the gateway's

Deno.test("leases are files, as the reference plugin writes them", () => {
  using here = place({ ...SMALL, ranges: [[{ subnet: "fd00::/64" }]] });
  assert.deepEqual(here.lease("web"), ["10.1.0.2/29", "fd00::2/64"]);
  assert.deepEqual(here.files(), [
    ...["10.1.0.2", "fd00::2"],
    ...["last_reserved_ip.0", "last_reserved_ip.1", "lock"],
  ]);
  assert.equal(here.read("fd00::2"), "web\r\neth0");
  assert.equal(here.read("last_reserved_ip.0"), "10.1.0.2");
});

Deno.test("the next address is the one after the last, and round again", () => {
  using here = place(SMALL);
  const taken = ["a", "b", "c"].map((id) => here.lease(id)[0]);
  assert.deepEqual(taken, ["10.1.0.2/29", "10.1.0.3/29", "10.1.0.4/29"]);
  releaseAddresses(here.hostLocal, of("a"));
  assert.deepEqual(here.lease("d"), ["10.1.0.5/29"]);
  assert.deepEqual(here.lease("e"), ["10.1.0.6/29"]);
  assert.deepEqual(here.lease("f"), ["10.1.0.2/29"]);
  assert(findExhausted(here.hostLocal));
  assert.throws(() => here.lease("g"), /no address is free in 10\.1\.0\.1 to /);
});

Deno.test("all sets give an address, or none does", () => {
  using here = place({ ...SMALL, ranges: [[{ subnet: "10.2.0.0/30" }]] });
  here.lease("a");
  assert.throws(() => here.lease("b"), /no address is free in 10\.2\.0\.1 to/);
  assert(!hasAddress(here.hostLocal, of("b")));
  assert.equal(here.files().length, 5);
});

Deno.test("an attachment is added once, and given back as often as one likes", () => {
  using here = place(SMALL);
  here.lease("web");
  assert.throws(() => here.lease("web"), /eth0 of web has 10\.1\.0\.2 in /);
  assert.deepEqual(here.lease("web", "eth1"), ["10.1.0.3/29"]);
  for (let i = 0; i < 2; i++) releaseAddresses(here.hostLocal, of("web"));
  assert(!hasAddress(here.hostLocal, of("web")));
  assert.equal(here.read("10.1.0.3"), "web\r\neth1");
});

Deno.test("an address is asked for, and had unless somebody has it", () => {
  using here = place(SMALL, ["10.1.0.5"]);
  assert.deepEqual(here.lease("a"), ["10.1.0.5/29"]);
  assert.throws(() => here.lease("b"), /10\.1\.0\.5 was asked for, which some/);
  using gateway = place(SMALL, ["10.1.0.1"]);
  assert.throws(() => gateway.lease("a"), /10\.1\.0\.1 .* is the gateway/);
  using other = place(SMALL, ["10.9.0.1"]);
  assert.throws(
    () => other.lease("a"),
    /10\.9\.0\.1 was asked for, which no ra/,
  );
});

Deno.test("what a killed process left half written is no lease", () => {
  using here = place(SMALL);
  here.lease("a");
  here.write("10.1.0.3.new", "");
  assert.deepEqual(here.lease("b"), ["10.1.0.3/29"]);
  here.write("10.1.0.4.new", "c\r\neth0");
  releaseAddresses(here.hostLocal, of("c"));
  assert(!here.files().includes("10.1.0.4.new"));
});

Deno.test("leases of older versions name the container only", () => {
  using here = place(SMALL);
  here.lease("a");
  here.write("10.1.0.4", "old");
  assert(hasAddress(here.hostLocal, of("old")));
  sweepAddresses(here.hostLocal, [of("old")]);
  assert.deepEqual(here.files(), ["10.1.0.4", "last_reserved_ip.0", "lock"]);
  releaseAddresses(here.hostLocal, of("old"));
  assert(!here.files().includes("10.1.0.4"));
});

Deno.test("a network that never had leases has nothing to give back", () => {
  using here = place(SMALL);
  releaseAddresses(here.hostLocal, of("a"));
  sweepAddresses(here.hostLocal, []);
  assert.equal(findExhausted(here.hostLocal), undefined);
  assert.throws(() => here.files(), Deno.errors.NotFound);
});

Deno.test("what is chosen is free, in range and no gateway; and found if any", () => {
  const set: RangeSet = [[2, 5], [9, 12]].map(([first, last]) => ({
    subnet: { address: parseAddress("10.1.0.0"), length: 28 },
    first: parseAddress(`10.1.0.${first}`),
    last: parseAddress(`10.1.0.${last}`),
    gateway: parseAddress("10.1.0.3"),
  }));
  const all = [2, 4, 5, 9, 10, 11, 12].map((n) => `10.1.0.${n}`);
  fc.assert(
    fc.property(
      fc.subarray(all),
      fc.option(fc.integer({ min: 0, max: 15 }), { nil: undefined }),
      (taken, last) => {
        const choice = chooseNext(
          set,
          new Set(taken),
          last === undefined ? undefined : parseAddress(`10.1.0.${last}`),
        );
        assert.equal(choice === undefined, taken.length === all.length);
        if (!choice) return;
        assert(isIn(choice.range, choice.address));
        const text = formatAddress(choice.address);
        assert(all.includes(text) && !taken.includes(text));
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("resolvConf is read as it stands", () => {
  assert.deepEqual(
    parseDns(
      "# ours\nnameserver 10.1.0.1\nnameserver fd00::1\ndomain a.example\n" +
        "search b.example c.example\noptions ndots:2 rotate\nsortlist\n",
    ),
    {
      nameservers: ["10.1.0.1", "fd00::1"],
      domain: "a.example",
      search: ["b.example", "c.example"],
      options: ["ndots:2", "rotate"],
    },
  );
  assert.deepEqual(parseDns(""), {});
});
