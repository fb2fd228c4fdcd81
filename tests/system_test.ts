/**
 * `rkl system prune`: what nobody uses goes, and what killed commands left.
 *
 * @module
 */
import assert from "node:assert/strict";
import { portOf } from "../net/attach.ts";
import { setLink } from "../net/netlink/link.ts";
import { NetlinkSocket } from "../net/netlink/socket.ts";
import { addPorts, readRuleset } from "../net/nftables/firewall.ts";
import { inspect, listed, ROOTFS, sleeper, succeeded } from "./container.ts";
import { EMULATED, needs } from "./facts.ts";
import { commandIn, type Place, place } from "./netns.ts";
import { eventually, exists, killAfter, RKL, sandbox, SILENT } from "./rkl.ts";
import { Terminal } from "./tmux.ts";

/** What the kernel has no part in is not tried once more on an emulated one. */
const native = needs("root", "tool:nsenter", "native");

/** Runs a container in the background that sleeps or, at once, ends. */
async function start(here: Place, name: string, words: string[], run: string) {
  const { code, stderr } = await here.rkl(
    ...["container", "run", "-d", "--name", name, ...words, ROOTFS],
    ...["sh", "-c", run],
  );
  assert.equal(code, 0, stderr);
  if (run !== SLEEP) succeeded(await here.rkl("container", "wait", name));
}

const SLEEP = "exec sleep 1000";

/** What rkl's table has in the place's namespace. */
function ruleset({ inside }: Place) {
  return inside(() => {
    using socket = new NetlinkSocket("NETFILTER");
    return readRuleset(socket);
  });
}

Deno.test({
  name: "system prune removes what has ended and what nobody uses",
  ...native,
  async fn() {
    await using here = place();
    for (const name of ["front", "back", "idle"]) {
      succeeded(await here.network("create", name));
    }
    await start(here, "up", ["--network", "front"], SLEEP);
    await start(here, "big", [], "head -c 3000000 /dev/zero > /big");
    await start(here, "done", ["--network", "back"], "exit 3");
    await start(here, "usual", ["--network", "bridge"], "exit 0");
    const [up, ...ended] = await Promise.all(
      ["up", "big", "done", "usual"].map(async (name) =>
        (await inspect(here.box, name)).id
      ),
    ) as [string, ...string[]];

    const { code, stdout, stderr } = await here.rkl("system", "prune", "-f");
    assert.deepEqual([code, stderr], [0, ""]);
    const [, size, unit] = /\nTotal reclaimed space: ([\d.]+)(\w+)\n$/
      .exec(stdout)!;
    assert.equal(unit, "MB");
    assert.ok(Number(size) >= 3 && Number(size) < 4, size);
    assert.equal(
      stdout.replace(/^Total.*\n/m, ""),
      `Deleted Containers:\n${ended.sort().join("\n")}\n\n` +
        "Deleted Networks:\nback\nidle\n\n",
    );
    assert.deepEqual(await listed(here, "-a"), [up]);
    const networks = succeeded(await here.network("ls", "-q"));
    assert.equal(networks, "bridge\nfront\n");
    const front = await here.inspect("front");
    assert.deepEqual(Object.keys(front.containers), ["up"]);
    assert.deepEqual(
      here.links("bridge").sort(),
      [front.interface, "rkl0"].sort(),
    );
    assert.equal(
      succeeded(await here.rkl("system", "prune", "--force")),
      "Total reclaimed space: 0B\n",
    );
  },
});

Deno.test({
  name:
    "system prune takes a port that a container no longer has, and no other",
  ...needs("root", "tool:nsenter", "ipv6"),
  async fn() {
    await using here = place();
    here.socket.request(setLink("lo", { up: true }));
    succeeded(await here.network("create", "--ipv6", "front"));
    const limits = ["10.0.0.0/8", "192.0.2.1", "2001:db8::/32"];
    await start(here, "web", ["--network", "front", "-p", "8080:80"], SLEEP);
    await start(here, "some", [
      ...["--network", "front", "-p", "8081:80", "-p", "127.0.0.1:8082:82/udp"],
      ...limits.flatMap((from) => ["--publish-from", from]),
    ], SLEEP);
    using filter = here.inside(() => new NetlinkSocket("NETFILTER"));
    const published = () => ruleset(here)!.ports;
    const before = published();
    assert.ok(before.length >= 5);
    // As a command leaves it that was killed while it led the port elsewhere.
    const { id } = await inspect(here.box, "web");
    const web = before.find(({ owner }) => owner.endsWith(`/${id}`))!;
    addPorts(filter, [{ ...web, hostPort: 8083 }]);
    const pruned = succeeded(await here.rkl("system", "prune", "-f"));
    assert.match(pruned, /:8083\/tcp/);
    assert.deepEqual(published(), before);
  },
});

Deno.test({
  name: "system prune asks on a terminal, and elsewhere wants --force",
  ...needs("root", "tmux", "native"),
  async fn() {
    await using box = sandbox();
    const run = ["container", "run", "--name", "web", ROOTFS, "true"];
    assert.equal((await box.rkl(...run)).code, 0);
    const refused = await box.rkl("system", "prune");
    assert.deepEqual(refused, {
      code: 125,
      stdout: "",
      stderr: "rkl: system prune: stdin is no terminal on which to ask " +
        "whether to go on; use --force\n",
    });
    const { id } = await inspect(box, "web");
    const list = () => listed(box, "-a");
    await using terminal = await Terminal.open(box.directory);
    const ask = [RKL, ...box.roots, "system", "prune"].join(" ");
    await terminal.enter(`clear; ${ask}`);
    await terminal.shows(/WARNING! .*\n(.*\n)+Are you sure .*\? \[y\/N\]$/);
    await terminal.enter("n");
    await terminal.shows(/\[y\/N\] n\nhost>$/);
    assert.deepEqual(await list(), [id]);
    await terminal.enter(`clear; ${ask}`);
    await terminal.shows(/\[y\/N\]$/);
    await terminal.enter("y");
    await terminal.shows(
      /Deleted Containers:\n[0-9a-f]{64}\n+Total reclaimed space: /,
    );
    assert.deepEqual(await list(), []);
  },
});

/** Files that stay: a lock, and what the daemon is reached by. */
const KEPT = [".lock", ".daemon"];

Deno.test({
  name:
    "kill -9 while a container starts, then system prune: nothing is left " +
    "without an owner",
  ...native,
  async fn() {
    await using here = place();
    here.socket.request(setLink("lo", { up: true }));
    succeeded(await here.network("create", "front"));
    const run = (name: string) =>
      sleeper(name, "--network", "front", "-p", "127.0.0.1::80");
    const begin = performance.now();
    await killAfter(60_000, here.spawn(run("whole"), SILENT));
    const whole = performance.now() - begin;
    succeeded(await here.rkl("container", "delete", "--force", "whole"));

    for (let i = 0; i < (EMULATED ? 6 : 12); i++) {
      const name = `k${i}`;
      await here.network("create", "front"); // unless it is still there
      const delay = (0.3 + 0.8 * Math.random()) * whole;
      await killAfter(delay, here.spawn(run(name), SILENT));
      // Half of them end before they are cleaned up.
      if (i % 2) await here.rkl("container", "kill", name);
      const prune = ["system", "prune", "-f"];
      if (i % 4 === 3) await killAfter(20, here.spawn(prune, SILENT));
      assert.equal((await here.rkl("system", "prune", "-f")).code, 0);
      await assertOwned(here);
      await here.rkl("container", "delete", "--force", name);
    }
    succeeded(await here.network("ls"));
    const { code } = await here.rkl("system", "prune", "-f");
    assert.equal(code, 0);
    await eventually("no veth is left", () => here.links("veth").length === 0);
    assert.deepEqual(here.links("bridge"), []);
    assert.equal(ruleset(here), undefined);
    for (const directory of ["root", "data/containers", "data/networks"]) {
      const path = `${here.box.directory}/${directory}`;
      const left = [...Deno.readDirSync(path)].map(({ name }) => name);
      assert.deepEqual(left.filter((name) => !KEPT.includes(name)), [], path);
    }
  },
});

/** Asserts that all there is in a place's namespace is somebody's. */
async function assertOwned(here: Place) {
  const list = await here.rkl("container", "list", "-a", "--format", "json");
  const containers = new Map<string, string>(
    succeeded(list).split("\n").filter(Boolean)
      .map((line) => JSON.parse(line))
      .map(({ ID, Names }) => [Names, ID]),
  );
  const networks = await here.networks();
  for (const { name, containers: users } of networks) {
    for (const user of Object.keys(users)) {
      assert.ok(containers.has(user), `${user} has an address in ${name}`);
    }
  }
  const bridges = networks.map((network) => network.interface);
  for (const bridge of here.links("bridge")) {
    assert.ok(bridges.includes(bridge), `bridge ${bridge}`);
  }
  const ports = networks.flatMap(({ id, containers: users }) =>
    Object.keys(users).map((user) => portOf(containers.get(user)!, id).name)
  );
  await eventually(
    "every interface is somebody's",
    () => here.links("veth").every((veth) => ports.includes(veth)),
  );
  const table = ruleset(here);
  const owners = new Set(containers.values());
  for (const { bridge } of table?.networks ?? []) {
    assert.ok(here.links("bridge").includes(bridge), `rules of ${bridge}`);
  }
  for (const { owner } of table?.ports ?? []) {
    const container = owner.replace(/^.*\//, "");
    assert.ok(owners.has(container), `port of ${owner}`);
  }
}

Deno.test({
  name: "system prune leaves alone what is another store's, and tells of it",
  ...native,
  async fn() {
    await using here = place();
    await using other = sandbox();
    here.socket.request(setLink("lo", { up: true }));
    const there = (...words: string[]) =>
      commandIn(here.netns, RKL, ...other.roots, ...words);
    const run = ["container", "run", "-d", "--network", "bridge", "--name"];
    const up = await there(
      ...run,
      "up",
      "-p",
      "127.0.0.1::80",
      ROOTFS,
      "sleep",
      "1000",
    );
    assert.equal(up.code, 0, up.stderr);
    succeeded(await there("network", "create", "idle"));
    assert.equal((await there(...run, "gone", ROOTFS, "true")).code, 0);
    succeeded(await there("container", "wait", "gone"));
    const look = async () => [
      here.links("bridge"),
      here.links("veth"),
      ruleset(here)!.ports.map(({ owner }) => owner),
      succeeded(await there("container", "list", "-aq")),
    ];
    // The kernel takes namespaces apart when it has time.
    const isAlone = () => here.links("veth").length === 1;
    await eventually("one is connected", isAlone);
    const before = await look();
    assert.equal(before[2]!.length, 1);
    assert.equal(
      succeeded(await here.rkl("system", "prune", "-f")),
      "Total reclaimed space: 0B\n",
    );
    assert.deepEqual(await look(), before);

    // Without a container on it, nobody can tell whether anybody needs it.
    succeeded(await there("container", "delete", "--force", "up", "gone"));
    const { stdout, stderr } = await here.rkl("system", "prune", "-f");
    assert.equal(stdout, "Total reclaimed space: 0B\n");
    assert.match(
      stderr,
      /^rkl: warning: the bridge rkl0 \("rkl network bridge \w+"\) stays: /,
    );
    assert.deepEqual(here.links("bridge"), ["rkl0"]);
    succeeded(await there("network", "rm", "bridge"));
  },
});

Deno.test({
  name: "system prune removes cgroups of containers that are no more",
  ...native,
  async fn() {
    await using here = place();
    await using other = sandbox();
    const run = ["container", "run", "-d", "--name"];
    const names = ["mine", "theirs"].map((name) =>
      `${here.box.directory.replace(/^.*-/, "")}-${name}`
    );
    const [mine, theirs] = names as [string, string];
    for (const [store, name] of [[here.box, mine], [other, theirs]] as const) {
      assert.equal((await store.rkl(...run, name, ROOTFS, "true")).code, 0);
      succeeded(await store.rkl("container", "wait", name));
    }
    const cgroupsOf = async (name: string, store: typeof other) => {
      const text = succeeded(await store.rkl("container", "inspect", name));
      return [
        ...new Set(Object.values<string>(JSON.parse(text)[0].rkl.cgroups)),
      ];
    };
    const left = await cgroupsOf(mine, here.box);
    const kept = await cgroupsOf(theirs, other);
    assert.ok(left.length > 0 && [...left, ...kept].every(exists));
    // As after somebody has wiped what is live.
    await Deno.remove(`${here.box.directory}/root`, { recursive: true });
    await Deno.remove(`${here.box.directory}/data`, { recursive: true });
    const pruned = succeeded(await here.rkl("system", "prune", "-f"));
    assert.deepEqual(
      pruned.split("\n").filter((line) => line.startsWith("/")).sort(),
      left.sort(),
    );
    assert.ok(!left.some(exists) && kept.every(exists));
  },
});
