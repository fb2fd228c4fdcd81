/**
 * Published ports, as those who connect to them see them.
 *
 * @module
 */
import assert from "node:assert/strict";
import { listen, reach } from "../net/nftables/testing_sockets.ts";
import type { NetnsRef } from "../net/netns.ts";
import { inspect, ROOTFS, succeeded } from "./container.ts";
import { needs } from "./facts.ts";
import {
  BRIDGE,
  connect,
  HOST,
  NOT_LONG,
  OTHER,
  otherHost,
  pidOf,
  run,
  withNetwork,
} from "./publishing.ts";
import { eventually, type Result } from "./rkl.ts";

/** What the kernel has no part in is not tried once more on an emulated one. */
const native = needs("root", "tool:nsenter", "native");
const ipv6 = needs("root", "tool:nsenter", "ipv6");

Deno.test({
  name: "a published port is reached from everywhere, by whoever it is",
  ...ipv6,
  async fn() {
    await using here = await withNetwork();
    using other = otherHost(here);
    const ports = ["-p", "8080:80", "-p", "8080:80/udp"];
    const web = await run(here, "web", ...ports);
    const near = await run(here, "near");
    const rows: [from: string, to: readonly string[], as: readonly string[]][] =
      [
        ["other", HOST, OTHER],
        ["host", HOST, HOST],
        // Where br_netfilter is loaded, the daemon passes on what comes to ::1.
        ["host", ["127.0.0.1", "::1"], BRIDGE],
        ["near", HOST, BRIDGE],
        ["near", BRIDGE, BRIDGE],
        ["web", HOST, BRIDGE],
      ];
    const found: unknown[] = [], wanted: unknown[] = [];
    for (const protocol of ["tcp", "udp"] as const) {
      using server = listen(web, protocol, 80);
      for (const [from, to, as] of rows) {
        for (const [i, address] of to.entries()) {
          const target = { protocol, to: address, port: 8080, patience: 3000 };
          const netns = { other, host: here.netns, web, near }[from]!;
          found.push([from, target, reach(netns, server, target)]);
          wanted.push([from, target, as[i]]);
        }
      }
    }
    assert.deepEqual(found, wanted);
    succeeded(await here.rkl("container", "delete", "-f", "web"));
    assert.deepEqual(here.published(), []);
    await eventually("no relay is left", () => here.relayed().length === 0);
  },
});

Deno.test({
  name:
    "a port of 127.0.0.1 is reached from there only, one with --publish-from " +
    "from those only",
  ...native,
  async fn() {
    await using here = await withNetwork();
    using other = otherHost(here);
    const loopback = ["-p", "127.0.0.1:8081:80"];
    using web = listen(await run(here, "web", ...loopback), "tcp", 80);
    const some = ["-p", "8082:80", "--publish-from", OTHER[0]];
    using fenced = listen(await run(here, "fenced", ...some), "tcp", 80);
    assert.equal(connect(here.netns, web, "127.0.0.1", 8081), BRIDGE[0]);
    assert.equal(
      connect(other, web, HOST[0], 8081, NOT_LONG),
      undefined,
    );
    assert.equal(connect(other, fenced, HOST[0], 8082), OTHER[0]);
    for (const to of [HOST[0], "127.0.0.1"]) {
      const seen = connect(here.netns, fenced, to, 8082, NOT_LONG);
      assert.equal(seen, undefined, to);
    }
  },
});

Deno.test({
  name: "the host's firewall is respected, and start says what it drops",
  ...needs("root", "tool:nsenter", "tool:nft"),
  async fn() {
    await using here = await withNetwork();
    using other = otherHost(here);
    here.nft(
      "add table ip filter; add chain ip filter FORWARD " +
        "{ type filter hook forward priority 0; policy drop; }",
    );
    const start = (name: string, port: string): Promise<Result> =>
      here.start(name, "--network", "front", "-p", `${port}:80`);
    const { stderr } = await start("web", "8093");
    assert.match(stderr, /chain FORWARD of table ip filter drops what no rule/);
    using web = listen(await pidOf(here, "web"), "tcp", 80);
    assert.equal(
      connect(other, web, HOST[0], 8093, NOT_LONG),
      undefined,
    );
    const remedy = /to allow it: (.*)$/m.exec(stderr)![1]!;
    here.inside(() =>
      new Deno.Command("sh", { args: ["-c", remedy] }).outputSync()
    );
    assert.equal(connect(other, web, HOST[0], 8093), OTHER[0]);
    const again = await start("silent", "8094");
    assert.doesNotMatch(again.stderr, /firewall/);
  },
});

Deno.test({
  name: "create holds the port, start publishes it; 1,000 ports are as one",
  ...native,
  async fn() {
    await using here = await withNetwork();
    const ports = ["-p", "20000-20999:1000-1999"];
    const words = ["--name", "web", "--network", "front", ...ports];
    succeeded(
      await here.rkl("container", "create", ...words, ROOTFS, "sleep", "1000"),
    );
    assert.deepEqual(here.published(), []);
    assert.throws(() => listen(here.netns, "tcp", 20500), {
      code: "EADDRINUSE",
    });
    succeeded(await here.rkl("container", "start", "web"));
    assert.equal(here.published().length, 2 * 1000);
    const pid = await pidOf(here, "web");
    using web = listen(pid, "tcp", 1500);
    assert.equal(connect(here.netns, web, "127.0.0.1", 20500), BRIDGE[0]);
    // None of the descriptors that hold the ports is the container's.
    const fds = [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
    assert.equal(fds, 3);
    succeeded(await here.rkl("container", "delete", "-f", "web"));
    assert.deepEqual(here.published(), []);
  },
});

Deno.test({
  name: "published ports follow a container from network to network",
  ...native,
  async fn() {
    await using here = await withNetwork();
    succeeded(await here.network("create", "--subnet", "10.9.9.0/24", "back"));
    using web = listen(await run(here, "web", "-p", "8094:80"), "tcp", 80);
    assert.equal(connect(here.netns, web, "127.0.0.1", 8094), BRIDGE[0]);
    succeeded(await here.network("connect", "back", "web"));
    assert.equal(connect(here.netns, web, "127.0.0.1", 8094), BRIDGE[0]);
    assert.deepEqual(here.published(), ["8094/tcp", "8094/tcp"]);
    succeeded(await here.network("disconnect", "front", "web"));
    assert.equal(connect(here.netns, web, "127.0.0.1", 8094), "10.9.9.1");
    // The other network has no IPv6.
    assert.deepEqual(here.published(), ["8094/tcp"]);
    // Who gets its address is not to get what is meant for it.
    succeeded(await here.network("disconnect", "back", "web"));
    assert.deepEqual(here.published(), []);
    // The port is held all the while.
    succeeded(await here.network("connect", "front", "web"));
    assert.deepEqual(here.published(), ["8094/tcp", "8094/tcp"]);
    assert.equal(connect(here.netns, web, "127.0.0.1", 8094), BRIDGE[0]);
    succeeded(await here.rkl("container", "delete", "--force", "web"));
  },
});

Deno.test({
  name: "a network that is left before the start is not where ports lead",
  ...native,
  async fn() {
    await using here = await withNetwork();
    succeeded(await here.network("create", "--subnet", "10.9.9.0/24", "back"));
    const words = ["--name", "web", "--network", "front", "-p", "8095:80"];
    succeeded(
      await here.rkl("container", "create", ...words, ROOTFS, "sleep", "1000"),
    );
    succeeded(await here.network("connect", "back", "web"));
    succeeded(await here.network("disconnect", "front", "web"));
    assert.deepEqual(here.published(), []);
    succeeded(await here.rkl("container", "start", "web"));
    assert.deepEqual(here.published(), ["8095/tcp"]);
    using web = listen(await pidOf(here, "web"), "tcp", 80);
    assert.equal(connect(here.netns, web, "127.0.0.1", 8095), "10.9.9.1");
  },
});

Deno.test({
  name: "who may connect is what the network says that a port leads over",
  ...native,
  async fn() {
    await using here = await withNetwork();
    using other = otherHost(here);
    const some = ["-o", `publish-from=${OTHER[0]}`];
    const subnet = ["--subnet", "10.9.9.0/24"];
    succeeded(await here.network("create", ...some, ...subnet, "back"));
    const ports = ["-p", `${HOST[0]}:8096:80`];
    using web = listen(await run(here, "web", ...ports), "tcp", 80);
    const isOpenTo = (who: NetnsRef) =>
      connect(who, web, HOST[0], 8096, 5 * NOT_LONG) !== undefined;
    assert.deepEqual([isOpenTo(other), isOpenTo(here.netns)], [true, true]);
    succeeded(await here.network("connect", "back", "web"));
    succeeded(await here.network("disconnect", "front", "web"));
    assert.deepEqual([isOpenTo(other), isOpenTo(here.netns)], [true, false]);
    succeeded(await here.network("connect", "front", "web"));
    succeeded(await here.network("disconnect", "back", "web"));
    assert.deepEqual([isOpenTo(other), isOpenTo(here.netns)], [true, true]);
  },
});

Deno.test({
  name: "a disconnect that was killed before it withdrew a port is made good",
  ...native,
  async fn() {
    await using here = await withNetwork();
    const ends = [
      ["network", "disconnect", "front"],
      ["container", "delete", "--force"],
    ];
    for (const end of ends) {
      await run(here, "web", "-p", "8098:80");
      const { id } = await inspect(here.box, "web");
      const noted = `${here.box.directory}/data/containers/${id}/ports.json`;
      const { ports } = JSON.parse(Deno.readTextFileSync(noted));
      const killed = JSON.stringify({ open: true, ports: [], idle: ports });
      Deno.writeTextFileSync(noted, killed);
      assert.deepEqual(here.published(), ["8098/tcp", "8098/tcp"]);
      succeeded(await here.rkl(...end, "web"));
      assert.deepEqual(here.published(), [], end.join(" "));
      await here.rkl("container", "delete", "--force", "web");
    }
  },
});
