/**
 * Containers on networks, seen from inside them and from the kernel.
 *
 * @module
 */
import assert from "node:assert/strict";
import { NetlinkSocket } from "../net/netlink/socket.ts";
import { readRuleset } from "../net/nftables/firewall.ts";
import { failed, inspect, ROOTFS, sleeper, succeeded } from "./container.ts";
import { needs } from "./facts.ts";
import { commandIn, type Place, place } from "./netns.ts";
import { eventually, killAfter, SILENT } from "./rkl.ts";

const root = needs("root", "tool:nsenter");
/** What the kernel has no part in is not tried once more on an emulated one. */
const native = needs("root", "tool:nsenter", "native");

/** Runs a shell script in a container and returns what it printed. */
async function ask(here: Place, words: string[], script: string) {
  const run = ["container", "run", "--rm", ...words, ROOTFS, "sh", "-c"];
  const { code, stdout } = await here.rkl(...run, script);
  return { code, stdout };
}

/** Runs a web server on the network `name`, and returns where it is. */
async function serve(here: Place, name: string, network: string) {
  const server = "echo hello > /index.html; exec httpd -f -p 80 -h /";
  const { code, stderr } = await here.rkl(
    ...["container", "run", "-d", "--name", name, "--network", network],
    ...[ROOTFS, "sh", "-c", server],
  );
  assert.equal(code, 0, stderr);
  const { containers } = await here.inspect(network);
  const address = containers[name]!.addresses[0]!;
  await eventually("the server listens", async () => {
    const words = ["container", "exec", name, "netstat", "-tln"];
    return (await here.rkl(...words)).stdout.includes(":80 ");
  });
  return address;
}

Deno.test({
  name: "a container on a network has an address, a way out and names",
  ...root,
  async fn() {
    await using here = place();
    const subnets = ["--subnet", "10.9.8.0/24", "--subnet", "fd09::/64"];
    succeeded(await here.network("create", ...subnets, "front"));
    const { stdout } = await ask(
      here,
      ["--name", "web", "--hostname", "web", "--network", "front"],
      "ip -o addr show eth0; ip route; cat /etc/hostname; " +
        "grep web /etc/hosts; grep -c nameserver /etc/resolv.conf; " +
        "ping -qc1 10.9.8.1 > /dev/null && echo the gateway answers",
    );
    assert.match(stdout, /inet 10\.9\.8\.2\/24 /);
    assert.match(stdout, /inet6 fd09::2\/64 scope global/);
    assert.match(stdout, /^default via 10\.9\.8\.1 dev eth0/m);
    assert.match(stdout, /^web\n10\.9\.8\.2\tweb\nfd09::2\tweb\n[1-9]/m);
    assert.match(stdout, /the gateway answers\n$/);
    // It is gone, and so is all it had.
    await eventually("the veth is gone", () => here.links("veth").length === 0);
    assert.deepEqual((await here.inspect("front")).containers, {});
    succeeded(await here.network("rm", "front"));
    assert.deepEqual(here.links("bridge"), []);
  },
});

Deno.test({
  name: "containers reach each other on a shared network, and on no other",
  ...root,
  async fn() {
    await using here = place();
    succeeded(await here.network("create", "front"));
    succeeded(await here.network("create", "back"));
    const address = await serve(here, "web", "front");
    // The shell stays: nothing inside can end the first process of a container.
    const get = (seconds: number) =>
      `timeout ${seconds} wget -qO- http://${address}/index.html; exit $?`;
    const [same, both, other, shared] = await Promise.all([
      ask(here, ["--network", "front"], get(60)),
      ask(here, ["--network", "back", "--network", "front"], get(60)),
      ask(here, ["--network", "back"], get(3)),
      ask(
        here,
        ["--network", "container:web"],
        "wget -qO- http://127.0.0.1/index.html",
      ),
    ]);
    assert.deepEqual(same, { code: 0, stdout: "hello\n" });
    assert.deepEqual(both, { code: 0, stdout: "hello\n" });
    assert.notEqual(other.code, 0);
    assert.equal(other.stdout, "");
    assert.deepEqual(shared, { code: 0, stdout: "hello\n" });
  },
});

Deno.test({
  name:
    "without enable_icc containers of a network reach only the host and out",
  ...native,
  async fn() {
    await using here = place();
    const option = "com.docker.network.bridge.enable_icc=false";
    const words = ["-o", option, "--subnet", "10.9.1.0/24", "apart"];
    succeeded(await here.network("create", ...words));
    const address = await serve(here, "web", "apart");
    const ping = (to: string) => `ping -qc1 -W1 ${to} > /dev/null`;
    const other = ["--network", "apart", "--cap-add", "NET_ADMIN"];
    const { stdout } = await ask(
      here,
      other,
      `${ping("10.9.1.1")} && echo gateway; ${
        ping(address)
      } && echo neighbour;` +
        `ip route add ${address} via 10.9.1.1; ${
          ping(address)
        } && echo routed;` +
        "true",
    );
    assert.equal(stdout, "gateway\n");
  },
});

Deno.test({
  name: "networks that are used for the first time at once are all guarded",
  ...native,
  async fn() {
    await using here = place();
    const names = ["a", "b", "c", "d", "e", "f"];
    for (const name of names) succeeded(await here.network("create", name));
    await Promise.all(names.map((name) =>
      here.rkl(
        ...["container", "run", "-d", "--name", name, "--network", name],
        ...[ROOTFS, "sleep", "1000"],
      )
    ));
    const guarded = here.inside(() => {
      using socket = new NetlinkSocket("NETFILTER");
      return readRuleset(socket)!.networks.map(({ bridge }) => bridge).sort();
    });
    assert.deepEqual(guarded, here.links("bridge").sort());
    assert.equal(guarded.length, names.length);
  },
});

Deno.test({
  name:
    "a network in use stays; a container keeps its address when it restarts",
  ...native,
  async fn() {
    await using here = place();
    succeeded(await here.network("create", "front"));
    const address = await serve(here, "web", "front");
    failed(
      await here.network("rm", "front"),
      125,
      'cannot remove network "front": in use by web; delete it first',
    );
    succeeded(await here.rkl("container", "stop", "-t", "0", "web"));
    succeeded(await here.rkl("container", "start", "web"));
    const words = ["container", "exec", "web", "ip", "-o", "addr"];
    const { stdout } = await here.rkl(...words);
    assert(stdout.includes(`inet ${address}/`), stdout);
    succeeded(await here.rkl("container", "delete", "--force", "web"));
    succeeded(await here.network("rm", "front"));
  },
});

Deno.test({
  name: "a created container gets its network when it starts",
  ...native,
  async fn() {
    await using here = place();
    succeeded(await here.network("create", "front"));
    const { code } = await here.rkl(
      ...["container", "create", "--name", "late", "--network", "front"],
      ...[ROOTFS, "ip", "-o", "addr", "show", "eth0"],
    );
    assert.equal(code, 0);
    assert.deepEqual(here.links("veth"), []);
    assert.equal((await inspect(here.box, "late")).status, "created");
    succeeded(await here.rkl("container", "start", "late"));
    succeeded(await here.rkl("container", "wait", "late"));
    const logs = succeeded(await here.rkl("container", "logs", "late"));
    assert.match(logs, /inet 10\./);
  },
});

Deno.test({
  name:
    "a network that is not there, or a container that does not run, is told",
  ...native,
  async fn() {
    await using here = place();
    const run = (mode: string) =>
      here.rkl(
        ...["container", "run", "--name", "it", "--network", mode],
        ...[ROOTFS, "true"],
      );
    failed(await run("nowhere"), 125, /^rkl: network "nowhere" does not exist/);
    failed(
      await run("container:it2"),
      125,
      /^rkl: container "it2" does not exist/,
    );
    const left = [...Deno.readDirSync(`${here.box.directory}/data/containers`)];
    assert.deepEqual(left, []);
  },
});

Deno.test({
  name: "what keeps init from its gate is told, and nothing is left connected",
  ...native,
  async fn() {
    await using here = place();
    succeeded(await here.network("create", "front"));
    const run = (...flags: string[]) =>
      here.rkl(
        ...["container", "run", "--name", "it", "--network", "front"],
        ...["-p", "80", ...flags, ROOTFS, "true"],
      );
    await run("--rm"); // which turns forwarding on, and says so
    for (let i = 0; i < 3; i++) {
      failed(
        await run("--tmpfs", "/x:size=none"),
        125,
        /^rkl: cannot mount tmpfs at \/x: EINVAL/,
      );
    }
    assert.deepEqual((await here.inspect("front")).containers, {});
    await eventually("veths are gone", () => here.links("veth").length === 0);
    assert.deepEqual(here.published(), []);
    // It is for interfaces to come, and so is set before there is one.
    const filter = "net.ipv4.conf.default.rp_filter=2";
    const { stdout } = await ask(
      here,
      ["--network", "front", "--sysctl", filter],
      "cat /proc/sys/net/ipv4/conf/eth0/rp_filter",
    );
    assert.equal(stdout, "2\n");
  },
});

Deno.test({
  name: "whoever it is may use every port of a network of its own, and ping",
  ...native,
  async fn() {
    await using here = place();
    succeeded(await here.network("create", "front"));
    await here.start("web", "--network", "front");
    const settings = ["ip_unprivileged_port_start", "ping_group_range"];
    const files = settings.map((name) => `/proc/sys/net/ipv4/${name}`);
    const read = ["cat", ...files];
    const outside = succeeded(await commandIn(here.netns, ...read));
    const bind = "nc -l -p 80 > /tmp/out & " +
      "while kill -0 $! && ! netstat -tln | grep -q ':80 '; do sleep 0.1; done; " +
      "echo it is bound | nc 127.0.0.1 80; wait; cat /tmp/out";
    const seen = async (...flags: string[]) => {
      const user = ["-u", "1000", "--tmpfs", "/tmp", ...flags];
      const script = `${read.join(" ")}; ${bind}`;
      return (await ask(here, user, script)).stdout;
    };
    const open = "0\n0\t2147483647\nit is bound\n";
    assert.equal(await seen("--network", "front"), open);
    assert.equal(await seen("--network", "none"), open);
    assert.equal(await seen("--network", "container:web"), open);
    assert.equal(await seen("--network", "host"), outside);
    const start = "net.ipv4.ip_unprivileged_port_start=81";
    assert.equal(
      await seen("--network", "none", "--sysctl", start),
      "81\n0\t2147483647\n",
    );
  },
});

Deno.test({
  name:
    "kill -9 while a container is connected leaves nothing when it is deleted",
  ...native,
  async fn() {
    await using here = place();
    succeeded(await here.network("create", "front"));
    for (let i = 0; i < 10; i++) {
      const name = `k${i}`;
      const words = sleeper(name, "--network", "front", "-p", "80");
      await killAfter(20 + Math.random() * 60, here.spawn(words, SILENT));
      succeeded(await here.rkl("container", "list"));
      succeeded(await here.rkl("container", "delete", "--force", name));
    }
    assert.deepEqual((await here.inspect("front")).containers, {});
    await eventually("veths are gone", () => here.links("veth").length === 0);
    assert.deepEqual(here.published(), []);
    succeeded(await here.network("rm", "front"));
  },
});

Deno.test({
  name: "the default is a network of rkl's own, on a bridge called rkl0",
  ...root,
  async fn() {
    await using here = place();
    const run = (env: Record<string, string>, ...words: string[]) =>
      here.run(
        ["container", "run", "--rm", ...words, ROOTFS, "ip", "addr"],
        { env },
      );
    const usual = await run({ RKL_NETWORK: "" });
    assert.match(usual.stdout, /inet 10\.\d+\.\d+\.2\/24 .* eth0/);
    assert.deepEqual(here.links("bridge"), ["rkl0"]);
    const words = succeeded(await here.network("ls", "-q"));
    assert.equal(words, "bridge\n");
    // A flag goes before the variable, which goes before the default.
    for (const network of ["none", ""]) {
      const env = { RKL_NETWORK: network || "front" };
      const flags = network ? [] : ["--network", "none"];
      const none = await run(env, ...flags);
      assert.doesNotMatch(none.stdout, /eth0/);
    }
    const host = await run({ RKL_NETWORK: "host" });
    assert.match(host.stdout, /inet 10\.\d+\.\d+\.1\/24 .* rkl0/);
    failed(
      await run({ RKL_NETWORK: "a b" }),
      125,
      /the variable RKL_NETWORK: expected none, host/,
    );
    succeeded(await here.network("rm", "bridge"));
  },
});
