/**
 * What containers cannot send under, tried from inside them.
 *
 * @module
 */
import assert from "node:assert/strict";
import { failed, succeeded } from "./container.ts";
import { needs } from "./facts.ts";
import { commandIn, holds, type Place, place } from "./netns.ts";
import { eventually } from "./rkl.ts";

const root = needs("root", "tool:nsenter", "tool:nft", "ipv6");
/** What the kernel has no part in is not tried once more on an emulated one. */
const native = needs("root", "native", "tool:nsenter", "tool:nft", "ipv6");

const SUBNETS = ["--subnet", "10.9.1.0/24", "--subnet", "fd09::/64"];
const CHECKS = { mac: "mac-spoof-check=true", ip: "ip-spoof-check=true" };

/** Starts a container that waits, and may change its interfaces. */
async function start(here: Place, name: string) {
  await here.start(name, "--network", "lan", "--cap-add", "NET_ADMIN");
}

/** The table that guards ports, as nft(8) prints it. */
const table = ({ netns }: Place) =>
  commandIn(netns, "nft", "list", "table", "bridge", "rkl");

/** How many ports are guarded. */
async function guarded({ netns }: Place): Promise<number> {
  const list = ["nft", "-j", "list", "set", "bridge", "rkl", "macs"];
  const { nftables } = JSON.parse(succeeded(await commandIn(netns, ...list)));
  return nftables.find((one: { set?: object }) => one.set).set.elem?.length ??
    0;
}

const ping = (address: string, ...from: string[]) =>
  `ping -qc1 -W1 ${
    from.map((one) => `-I ${one} `).join("")
  }${address} >/dev/null`;

/** Gives eth0 another Ethernet address, and what it had, until it is sure. */
const rename = (mac: string) =>
  `ip link set eth0 down; ip link set eth0 address ${mac}; ` +
  "ip link set eth0 up; ip -6 addr add fd09::2/64 dev eth0; sleep 2";

const [OWN, OTHER] = ["02:42:0a:09:01:02", "02:42:0a:09:01:63"];

for (const [kind, option] of Object.entries(CHECKS)) {
  Deno.test({
    name: `with ${option} a container has no Ethernet address but its own`,
    ...root,
    async fn() {
      await using here = place();
      succeeded(await here.network("create", "-o", option, ...SUBNETS, "lan"));
      await start(here, "liar");
      const answers = () => holds(here, "liar", ping("10.9.1.1"));
      const answers6 = () => holds(here, "liar", ping("fd09::1"));
      assert(await answers() && await answers6(), "its own");
      await holds(here, "liar", rename(OTHER));
      assert(!await answers() && !await answers6(), "another");
      await holds(here, "liar", rename(OWN));
      assert(await answers(), "its own again");
      const more = "ip addr add 10.9.1.77/24 dev eth0; ";
      const free = await holds(
        here,
        "liar",
        more + ping("10.9.1.1", "10.9.1.77"),
      );
      assert.equal(free, kind === "mac", "another IP address");
    },
  });
}

Deno.test({
  name: "with ip-spoof-check a container has no IP address but its own",
  ...native,
  async fn() {
    await using here = place();
    const words = ["-o", CHECKS.ip, ...SUBNETS, "lan"];
    succeeded(await here.network("create", ...words));
    await start(here, "liar");
    await start(here, "near");
    const add = "ip addr add 10.9.1.77/24 dev eth0; " +
      "ip -6 addr add fd09::77/64 dev eth0; sleep 2"; // until it is sure of it
    await holds(here, "liar", add);
    for (
      const [to, own, other] of [
        ["10.9.1.1", "10.9.1.2", "10.9.1.77"],
        ["10.9.1.3", "10.9.1.2", "10.9.1.77"],
        ["fd09::1", "fd09::2", "fd09::77"],
        ["fd09::3", "fd09::2", "fd09::77"],
      ]
    ) {
      assert(await holds(here, "liar", ping(to!, own!)), `${own} to ${to}`);
      assert(
        !await holds(here, "liar", ping(to!, other!)),
        `${other} to ${to}`,
      );
    }
    // Nor does it answer for another when it is asked.
    for (
      const [address, answers] of [
        ["10.9.1.2", true],
        ["fd09::2", true],
        ["10.9.1.77", false],
        ["fd09::77", false],
      ] as const
    ) {
      const words = ["busybox", "ping", "-qc1", "-W1", address];
      const { code } = await commandIn(here.netns, ...words);
      assert.equal(code === 0, answers, address);
    }
    // The address it has on its link by itself.
    const own = "fe80::42:aff:fe09:102";
    assert(await holds(here, "near", ping(`${own}%eth0`)), own);
    const link = "ip -6 addr add fe80::77/64 dev eth0; sleep 2";
    assert(await holds(here, "liar", link));
    assert(!await holds(here, "near", ping("fe80::77%eth0")), "fe80::77");
  },
});

Deno.test({
  name: "without a check a container sends under any address",
  ...native,
  async fn() {
    await using here = place();
    succeeded(await here.network("create", ...SUBNETS, "lan"));
    await start(here, "liar");
    await holds(
      here,
      "liar",
      rename(OTHER) + "; ip addr add 10.9.1.77/24 dev eth0",
    );
    assert(await holds(here, "liar", ping("10.9.1.1", "10.9.1.77")));
    assert.notEqual((await table(here)).code, 0);
  },
});

Deno.test({
  name:
    "a check goes with the container, at the latest when another comes, and with the network",
  ...native,
  async fn() {
    await using here = place();
    const words = ["-o", CHECKS.mac, ...SUBNETS, "lan"];
    succeeded(await here.network("create", ...words));
    for (const name of ["a", "b", "c"]) await start(here, name);
    assert.equal(await guarded(here), 3);
    for (const name of ["a", "b"]) {
      succeeded(await here.rkl("container", "delete", "--force", name));
    }
    // The kernel takes namespaces apart when it has time.
    const gone = () => here.links("veth").length === 1;
    await eventually("their interfaces are gone", gone);
    await start(here, "d");
    assert.equal(await guarded(here), 2);
    // Somebody empties it: those who are there are guarded again.
    here.nft("flush chain bridge rkl prerouting");
    await start(here, "e");
    assert.equal(await guarded(here), 3);
    assert.match((await table(here)).stdout, /another's Ethernet address/);
    failed(await here.network("rm", "lan"), 125, /in use by/);
    for (const name of ["c", "d", "e"]) {
      succeeded(await here.rkl("container", "delete", "--force", name));
    }
    succeeded(await here.network("rm", "lan"));
    assert.notEqual((await table(here)).code, 0);
  },
});
