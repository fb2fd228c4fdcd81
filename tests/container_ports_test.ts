/**
 * Published ports, as those who connect to them see them.
 *
 * @module
 */
import assert from "node:assert/strict";
import { addAddress } from "../net/netlink/address.ts";
import { addVeth, setLink } from "../net/netlink/link.ts";
import { addRoute, DEFAULT_ROUTE } from "../net/netlink/route.ts";
import { NetlinkSocket } from "../net/netlink/socket.ts";
import { inNetns, type NetnsRef, newNetns } from "../net/netns.ts";
import {
  listen,
  type Protocol,
  reach,
} from "../net/nftables/testing_sockets.ts";
import { parseAddress } from "../net/address.ts";
import { parsePrefix } from "../net/prefix.ts";
import type { Fd } from "../sys/fd.ts";
import { syscall } from "../sys/syscall.ts";
import { failed, ROOTFS, sleeper, succeeded } from "./container.ts";
import { needs } from "./facts.ts";
import { type Place, place } from "./netns.ts";
import { eventually, type Result } from "./rkl.ts";

const root = needs("root", "tool:nsenter");
const ipv6 = needs("root", "tool:nsenter", "ipv6");

/** The host's addresses towards others, and another host's. */
const HOST = ["192.0.2.1", "2001:db8::1"] as const;
const OTHER = ["192.0.2.2", "2001:db8::2"] as const;
/** Those of the network that these tests make. */
const SUBNETS = ["10.9.8.0/24", "fd09::/64"] as const;
const BRIDGE = ["10.9.8.1", "fd09::1"] as const;

/** Makes another host beside the place; its namespace. */
function otherHost(here: Place): Fd {
  const netns = newNetns();
  const six = ["ipv6/conf/default/accept_dad"];
  const noDad = () => six.forEach((name) => setSysctl(name, "0"));
  here.inside(noDad);
  inNetns(netns, noDad);
  here.socket.request(
    addVeth({ name: "up0", index: 500, up: true }, {
      name: "eth0",
      index: 2,
      netns,
    }),
  );
  const prefixes = (addresses: readonly string[]) => [
    parsePrefix(`${addresses[0]}/24`),
    parsePrefix(`${addresses[1]}/64`),
  ];
  here.socket.batch(prefixes(HOST).map((prefix) => addAddress(500, prefix)));
  using inside = inNetns(netns, () => new NetlinkSocket("ROUTE"));
  inside.batch([
    setLink("lo", { up: true }),
    setLink(2, { up: true }),
    ...prefixes(OTHER).map((prefix) => addAddress(2, prefix)),
    ...HOST.map(parseAddress).map((via) =>
      addRoute({ to: DEFAULT_ROUTE[via.family], via, index: 2 })
    ),
  ]);
  return netns;
}

function setSysctl(name: string, value: string): void {
  Deno.writeTextFileSync(`/proc/sys/net/${name}`, value);
}

/** A place where containers have IPv4 and IPv6, and loopback is up. */
async function withNetwork(): Promise<Place> {
  const here = place();
  here.socket.request(setLink("lo", { up: true }));
  // Else the first start says that it has turned these on.
  here.inside(() =>
    ["ipv4/ip_forward", "ipv6/conf/all/forwarding"]
      .forEach((name) => setSysctl(name, "1"))
  );
  const subnets = SUBNETS.flatMap((subnet) => ["--subnet", subnet]);
  succeeded(await here.network("create", ...subnets, "front"));
  return here;
}

/** Runs a container in the background. */
async function run(here: Place, name: string, ...words: string[]) {
  await here.start(name, "--network", "front", ...words);
  return await pidOf(here, name);
}

async function pidOf(here: Place, name: string): Promise<number> {
  const { stdout } = await here.rkl("container", "inspect", name);
  return JSON.parse(stdout)[0].pid;
}

/** What `container port` prints, a line an item. */
async function portsOf(here: Place, name: string, ...words: string[]) {
  const result = await here.rkl("container", "port", name, ...words);
  return succeeded(result).trimEnd().split("\n");
}

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
      using server = serverIn(web, protocol);
      for (const [from, to, as] of rows) {
        for (const [i, address] of to.entries()) {
          const target = { protocol, to: address, port: 8080, patience: 3000 };
          const netns = { other, host: here.netns, web, near }[from]!;
          found.push([from, target, reach(netns, server.number, target)]);
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

/** Listens in the namespace of a process. */
function serverIn(pid: number, protocol: Protocol) {
  const number = listen(pid, protocol, 80);
  return {
    number,
    [Symbol.dispose]: () => void syscall("close", number),
  };
}

/** Whom a server takes a client for. */
function connect(
  from: NetnsRef,
  server: { number: number },
  to: string,
  port: number,
  patience = 3000,
): string | undefined {
  return reach(from, server.number, { protocol: "tcp", to, port, patience });
}

/** How long a packet that must not come is waited for, in milliseconds. */
const NOT_LONG = 100;

Deno.test({
  name:
    "a port of 127.0.0.1 is reached from there only, one with --publish-from " +
    "from those only",
  ...root,
  async fn() {
    await using here = await withNetwork();
    using other = otherHost(here);
    const loopback = ["-p", "127.0.0.1:8081:80"];
    using web = serverIn(await run(here, "web", ...loopback), "tcp");
    const some = ["-p", "8082:80", "--publish-from", OTHER[0]];
    using fenced = serverIn(await run(here, "fenced", ...some), "tcp");
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
  name:
    "ports: ranges, free ones, -P with --expose, and what container port says",
  ...root,
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
  ...root,
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
    syscall("close", taken);
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
        syscall("close", listen(here.netns, "tcp", 8090));
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
  ...root,
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
  name: "a file's hostPort and hostIP publish as Kubernetes has them",
  ...root,
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
    using web = serverIn(await pidOf(here, "web"), "tcp");
    assert.equal(connect(here.netns, web, "127.0.0.1", 8092), BRIDGE[0]);
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
    using web = serverIn(await pidOf(here, "web"), "tcp");
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
  ...root,
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
    const number = listen(pid, "tcp", 1500);
    assert.equal(
      connect(here.netns, { number }, "127.0.0.1", 20500),
      BRIDGE[0],
    );
    syscall("close", number);
    // None of the descriptors that hold the ports is the container's.
    const fds = [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
    assert.equal(fds, 3);
    succeeded(await here.rkl("container", "delete", "-f", "web"));
    assert.deepEqual(here.published(), []);
  },
});

Deno.test({
  name: "published ports follow a container from network to network",
  ...root,
  async fn() {
    await using here = await withNetwork();
    succeeded(await here.network("create", "--subnet", "10.9.9.0/24", "back"));
    using web = serverIn(await run(here, "web", "-p", "8094:80"), "tcp");
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
    succeeded(await here.rkl("container", "delete", "--force", "web"));
  },
});
