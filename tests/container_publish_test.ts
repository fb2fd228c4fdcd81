/**
 * Publishing ports: which are taken, which are refused, and what is told.
 *
 * @module
 */
import assert from "node:assert/strict";
import { listen } from "../net/nftables/testing_sockets.ts";
import { failed, ROOTFS, sleeper, succeeded } from "./container.ts";
import { needs } from "./facts.ts";
import {
  BRIDGE,
  connect,
  pidOf,
  portsOf,
  run,
  withNetwork,
} from "./publishing.ts";
import { eventually, type Result } from "./rkl.ts";

/** What the kernel has no part in is not tried once more on an emulated one. */
const native = needs("root", "tool:nsenter", "native");

Deno.test({
  name:
    "ports: ranges, free ones, -P with --expose, and what container port says",
  ...native,
  async fn() {
    await using here = await withNetwork();
    const words = [
      ...["-p", "127.0.0.1:7000-7001:70-71", "-p", "127.0.0.1:7000-7009:80"],
      ...["-p", "127.0.0.1::53/udp", "-P", "--expose", "90"],
    ];
    await run(here, "web", ...words);
    const lines = await portsOf(here, "web");
    assert.deepEqual(lines.slice(0, 3), [
      "70/tcp -> 127.0.0.1:7000",
      "71/tcp -> 127.0.0.1:7001",
      "80/tcp -> 127.0.0.1:7002", // the first that is free
    ]);
    assert.match(lines[3]!, /^53\/udp -> 127\.0\.0\.1:\d+$/);
    assert.match(lines[4]!, /^90\/tcp -> 0\.0\.0\.0:\d+$/);
    const number = /\d+$/.exec(lines[4]!)![0];
    assert.equal(lines[5], `90/tcp -> [::]:${number}`);
    assert.deepEqual(await portsOf(here, "web", "80"), ["127.0.0.1:7002"]);
    failed(
      await here.rkl("container", "port", "web", "81"),
      125,
      'container "web" publishes no port 81/tcp',
    );
    succeeded(await here.rkl("container", "stop", "-t", "0", "web"));
    assert.deepEqual(await portsOf(here, "web"), [""]);
    assert.deepEqual(here.published(), []);
  },
});

Deno.test({
  name:
    "a port somebody has is refused by name; a container's is nobody else's",
  ...native,
  async fn() {
    await using here = await withNetwork();
    const start = (name: string, ...words: string[]): Promise<Result> =>
      here.rkl(...sleeper(name, "--network", "front", ...words));
    const taken = listen(here.netns, "tcp", 8090);
    const us = new RegExp(
      "cannot publish 0\\.0\\.0\\.0:8090/tcp for port 80: \\S+ " +
        `\\(process ${Deno.pid}\\) has the port`,
    );
    failed(await start("web", "-p", "0.0.0.0:8090:80"), 125, us);
    failed(
      await here.rkl("container", "inspect", "web"),
      125,
      /"web" does not exist/,
    );
    taken[Symbol.dispose]();
    succeeded(await start("web", "-p", "8090:80"));
    failed(
      await start("again", "-p", "127.0.0.1:8090:80"),
      125,
      /127\.0\.0\.1:8090\/tcp for port 80: container "web" has the port/,
    );
    assert.throws(() => listen(here.netns, "tcp", 8090), {
      code: "EADDRINUSE",
    });
    // Whoever waits for it gets it once the container has ended.
    succeeded(await here.rkl("container", "kill", "web"));
    succeeded(await here.rkl("container", "wait", "web"));
    await eventually("the port is free", () => {
      try {
        listen(here.netns, "tcp", 8090)[Symbol.dispose]();
        return true;
      } catch {
        return false;
      }
    });
    // The daemon sees that it has ended.
    const closed = () => here.published().length === 0;
    await eventually("its ports lead nowhere", closed);
    succeeded(await here.rkl("container", "start", "web"));
    assert.deepEqual(here.published(), ["8090/tcp", "8090/tcp"]);
  },
});

Deno.test({
  name: "refused: ports where nothing can be published, and what no host has",
  ...native,
  async fn() {
    await using here = await withNetwork();
    succeeded(await here.network("create", "--internal", "inner"));
    const start = (...words: string[]): Promise<Result> =>
      here.rkl("container", "run", "--rm", ...words, ROOTFS, "true");
    const cases: [words: string[], message: RegExp][] = [
      [
        ["--network", "none", "-p", "80:80"],
        /--publish: cannot be published with network: none/,
      ],
      [
        ["--network", "inner", "-p", "80:80"],
        /cannot publish port 80\/tcp: the container's networks have no way out/,
      ],
      [
        ["--network", "front", "-p", "203.0.113.9:80:80"],
        /the host has no address 203\.0\.113\.9/,
      ],
      [["--network", "front", "-p", "99999:80"], /has "99999", where ports/],
      [["--network", "front", "-p", "80:80/icmp"], /one of TCP, UDP, SCTP/],
    ];
    for (const [words, message] of cases) {
      failed(await start(...words), 125, message);
    }
    assert.deepEqual(here.published(), []);
    assert.deepEqual((await here.inspect("inner")).containers, {});
    const host = await start("--network", "host", "-p", "8091:80");
    assert.match(host.stderr, /with --network host ports are the host's own/);
    assert.equal(host.code, 0);
  },
});

Deno.test({
  name: "a port of SCTP is published, or the kernel's lack of it is named",
  ...native,
  async fn() {
    await using here = await withNetwork();
    const port = ["--network", "front", "-p", "9999:9999/sctp"];
    const words = ["-d", "--name", "web", ...port, ROOTFS, "sleep", "1000"];
    const result = await here.rkl("container", "run", ...words);
    if (result.code !== 0) {
      failed(
        result,
        125,
        /\/sctp .*: the kernel has no sctp \(CONFIG_IP_SCTP\)/,
      );
      assert.deepEqual(here.published(), []);
      return;
    }
    assert.deepEqual(here.published(), ["9999/sctp", "9999/sctp"]);
  },
});

Deno.test({
  name: "a file's hostPort and hostIP publish as Kubernetes has them",
  ...native,
  async fn() {
    await using here = await withNetwork();
    const file = `${here.box.directory}/web.yaml`;
    Deno.writeTextFileSync(
      file,
      `name: web
image: ${ROOTFS}
args: [sleep, "1000"]
network: front
ports:
  - { containerPort: 80, hostPort: 8092, hostIP: 127.0.0.1 }
  - { containerPort: 81, protocol: UDP, name: for-information }
`,
    );
    succeeded(await here.rkl("container", "run", "-d", file));
    assert.deepEqual(await portsOf(here, "web"), ["80/tcp -> 127.0.0.1:8092"]);
    using web = listen(await pidOf(here, "web"), "tcp", 80);
    assert.equal(connect(here.netns, web, "127.0.0.1", 8092), BRIDGE[0]);
  },
});

Deno.test({
  name: "--dry-run tells which ports would be published, and takes none",
  ...native,
  async fn() {
    await using here = await withNetwork();
    const ports = ["-p", "127.0.0.1:8080:80", "-p", "53/udp"];
    const words = ["--network", "front", ...ports, ROOTFS, "true"];
    const plan = succeeded(
      await here.rkl("container", "run", "--dry-run", ...words),
    );
    assert.deepEqual(plan.trimEnd().split("\n").slice(-3), [
      "connect eth0 to network front, with its bridge up, an address leased " +
      "and /etc/hosts written, before the program runs",
      "publish port 80/tcp on 127.0.0.1 of the host, as 8080",
      "publish port 53/udp on every address of the host, as one that is free",
    ]);
    assert.deepEqual((await here.inspect("front")).containers, {});
  },
});
