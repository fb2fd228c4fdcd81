/**
 * What the daemon does for networks: rkl's rules in the packet filter are
 * whole, what containers held that have ended is given back, and containers
 * find each other by name.
 *
 * @module
 */
import assert from "node:assert/strict";
import { allocate } from "../net/ipam.ts";
import { NetlinkSocket } from "../net/netlink/socket.ts";
import { rangesOf } from "../net/network.ts";
import {
  decodeElements,
  deleteElements,
  listElements,
} from "../net/nftables/element.ts";
import { readRuleset, removeRuleset } from "../net/nftables/firewall.ts";
import { transaction } from "../net/nftables/message.ts";
import { SETS } from "../net/nftables/contents.ts";
import { isIntact } from "../net/nftables/watch.ts";
import { inspect, killNow, monitorOf, ROOTFS, succeeded } from "./container.ts";
import { daemon, statusOf } from "./daemon.ts";
import { EMULATED, needs } from "./facts.ts";
import { commandIn, type Place, place } from "./netns.ts";
import { eventually } from "./rkl.ts";

const root = needs("root", "tool:nsenter");
/** What the kernel has no part in is not tried once more on an emulated one. */
const native = needs("root", "tool:nsenter", "native");

const FRONT = ["--network", "front"];

/** Seconds in which what others took is put back. */
const SOON = EMULATED ? 20 : 1;

/** A place with a container on a network that publishes a port. */
async function publishing(): Promise<Place> {
  const here = place();
  try {
    succeeded(await here.network("create", "front"));
    await here.start("web", ...FRONT, "-p", "8080:80");
    return here;
  } catch (error) {
    await here[Symbol.asyncDispose]();
    throw error;
  }
}

function filter<T>(here: Place, action: (socket: NetlinkSocket) => T): T {
  using socket = here.inside(() => new NetlinkSocket("NETFILTER"));
  return action(socket);
}

/** What the table says, if it is whole. */
function rules(here: Place) {
  return filter(here, (socket) => {
    if (!isIntact(socket)) return undefined;
    const { networks, ports } = readRuleset(socket)!;
    return {
      networks: networks.map(({ bridge }) => bridge),
      ports: ports.map(({ hostPort }) => hostPort),
    };
  });
}

/** Puts a thing right that was changed, within the time there is. */
async function isMended(here: Place, change: () => void): Promise<void> {
  const before = JSON.stringify(rules(here));
  const sizes = () =>
    filter(
      here,
      (socket) =>
        SETS.map((set) =>
          socket.dump(listElements(set)).flatMap((one) =>
            decodeElements(set, one)
          ).length
        ).join(),
    );
  const whole = sizes();
  change();
  await eventually(
    "the rules are back",
    () => JSON.stringify(rules(here)) === before && sizes() === whole,
    SOON,
  );
}

Deno.test({
  name: "rkl's rules are back within a second, whatever was taken of them",
  ...native,
  async fn() {
    await using here = await publishing();
    const [bridge] = here.links("bridge");
    assert.deepEqual(rules(here), { networks: [bridge], ports: [8080] });
    await isMended(here, () => void filter(here, removeRuleset));
    let flushed = 0;
    for (const set of SETS) {
      const elements = filter(
        here,
        (socket) =>
          socket.dump(listElements(set)).flatMap((one) =>
            decodeElements(set, one)
          ),
      );
      if (elements.length === 0) continue;
      flushed++;
      await isMended(
        here,
        () =>
          filter(
            here,
            (socket) =>
              void socket.batch(transaction(deleteElements(set, elements))),
          ),
      );
    }
    assert.equal(flushed, 5); // bridges, loops, masqueraded, neighbours4, any4
    // What it puts back is news to it too; it does not go on for ever.
    const log = `${here.box.directory}/root/.daemon/log`;
    const count = () => Deno.readTextFileSync(log).match(/put back/g)!.length;
    const told = 1 + flushed;
    await eventually("it has told of each", () => count() === told);
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal(count(), told);
  },
});

Deno.test({
  name: "nft flush ruleset is undone",
  ...needs("root", "tool:nsenter", "tool:nft"),
  async fn() {
    await using here = await publishing();
    const nft = async (...words: string[]) =>
      succeeded(await commandIn(here.netns, "nft", ...words));
    const before = rules(here);
    await nft("flush", "ruleset");
    const same = () => JSON.stringify(rules(here)) === JSON.stringify(before);
    await eventually("the rules are back", same, SOON);
    await nft("delete", "table", "inet", "rkl");
    await eventually("the rules are back again", same, SOON);
  },
});

Deno.test({
  name: "what cannot be given back keeps nothing else from being put back",
  ...native,
  async fn() {
    await using here = await publishing();
    await here.start("dead", ...FRONT, "-p", "8081:81");
    const { id } = await inspect(here.box, "dead");
    succeeded(await here.rkl("container", "stop", "-t", "0", "dead"));
    const noted = `${here.box.directory}/data/containers/${id}/ports.json`;
    Deno.writeTextFileSync(noted, "{");
    try {
      await isMended(here, () => void filter(here, removeRuleset));
    } finally {
      Deno.removeSync(noted);
    }
  },
});

Deno.test({
  name: "where the host has no ::1, ports are published all the same",
  ...needs("root", "tool:nsenter", "tool:nft", "ipv6"),
  async fn() {
    await using here = place();
    here.inside(() => {
      const settings = {
        "ipv4/ip_forward": "1",
        "ipv6/conf/all/forwarding": "1",
        "ipv6/conf/all/disable_ipv6": "1",
        "ipv6/conf/default/disable_ipv6": "1",
      };
      for (const [name, value] of Object.entries(settings)) {
        Deno.writeTextFileSync(`/proc/sys/net/${name}`, value);
      }
    });
    succeeded(await here.network("create", "--ipv6", "front"));
    const words = ["-p", "8080:80", "-p", "8080:80/udp"];
    succeeded(await here.start("web", ...FRONT, ...words));
    const before = rules(here);
    assert.equal(here.published().length, 4);
    here.nft("flush ruleset");
    const same = () => JSON.stringify(rules(here)) === JSON.stringify(before);
    await eventually("the rules are back", same, SOON);
  },
});

Deno.test({
  name: "what containers may send is looked at again within a second",
  ...needs("root", "tool:nsenter", "tool:nft"),
  async fn() {
    await using here = place();
    const check = ["-o", "ip-spoof-check=true"];
    succeeded(await here.network("create", ...check, "front"));
    await here.start("a", ...FRONT);
    const nft = async (...words: string[]) =>
      (await commandIn(here.netns, "nft", ...words)).stdout
        .replaceAll(/ packets \d+ bytes \d+/g, "");
    const list = () => nft("list", "table", "bridge", "rkl");
    const before = await list();
    assert.match(before, /set macs \{[^}]*elements/);
    for (
      const words of [
        ["flush", "ruleset"],
        ["delete", "table", "bridge", "rkl"],
        ["flush", "set", "bridge", "rkl", "macs"],
      ]
    ) {
      await nft(...words);
      const isSame = async () => await list() === before;
      await eventually(`${words.join(" ")} is undone`, isSame, SOON);
    }
  },
});

Deno.test({
  name: "rules that were taken while no daemon ran come back with the next",
  ...native,
  async fn() {
    await using here = await publishing();
    const before = rules(here);
    killNow([(await statusOf(here))!.pid]);
    filter(here, removeRuleset);
    succeeded(await daemon(here, "start"));
    assert.deepEqual(rules(here), before);
  },
});

Deno.test({
  name:
    "a container that ends, however, leads no port and is needed for nothing",
  ...native,
  async fn() {
    await using here = await publishing();
    const [bridge] = here.links("bridge");
    const details = await inspect(here.box, "web");
    killNow([monitorOf(details)]);
    await eventually(
      "the port leads nowhere",
      () => rules(here)?.ports.length === 0,
      SOON,
    );
    assert.deepEqual(rules(here), { networks: [bridge], ports: [] });
    const { duties } = (await statusOf(here))!;
    assert.deepEqual(duties.filter(({ needed }) => needed !== undefined), []);
  },
});

Deno.test({
  name: "addresses of containers that are no more are given back",
  ...native,
  async fn() {
    await using here = await publishing();
    const front = await here.inspect("front");
    const directory = `${here.box.directory}/data/networks/front`;
    // Whoever deleted it was killed before it gave this back.
    allocate(directory, "ghost", [{ ranges: rangesOf(front, 4) }]);
    succeeded(await daemon(here, "start"));
    const leases = Deno.readTextFileSync(`${directory}/leases.json`);
    const { id } = await inspect(here.box, "web");
    assert.deepEqual(Object.values(JSON.parse(leases).owners), [id]);
  },
});

Deno.test({
  name: "containers find each other by name, from their first question on",
  ...root,
  async fn() {
    await using here = place();
    for (const words of [["front"], ["--internal", "back"]]) {
      succeeded(await here.network("create", ...words));
    }
    await here.start("web", ...FRONT, "--hostname", "site");
    /** Who finds which names, and at what addresses. */
    const ask = async (networks: string[], names: string[]) => {
      const run = ["container", "run", "--rm", "--name", "asker"];
      const { stdout } = await here.rkl(
        ...[...run, ...networks.flatMap((name) => ["--network", name])],
        ...[ROOTFS, "sh", "-c"],
        names.map((name) =>
          `nslookup ${name} | awk '/^Address/ { last = $2 } END { print last }'`
        ).join("; "),
      );
      return stdout.trimEnd().split("\n");
    };
    const address = (await here.inspect("front")).containers["web"]!
      .addresses[0]!;
    const both = await ask(["front", "back"], ["web", "SITE"]);
    assert.deepEqual(both, [address, address]);
    // The last address is the server's own then.
    const [other] = await ask(["back"], ["web"]);
    assert.match(other!, /:53$/);
    killNow([monitorOf(await inspect(here.box, "web"))]);
    await eventually("its name is gone", async () => {
      const [found] = await ask(["front"], ["web"]);
      return found!.endsWith(":53");
    }, 5);
  },
});
