/**
 * Containers on networks of CNI, with the reference plugins that Debian has.
 *
 * @module
 */
import assert from "node:assert/strict";
import { failed, ROOTFS, sleeper, succeeded } from "./container.ts";
import { needs } from "./facts.ts";
import { commandIn, type Place, place } from "./netns.ts";
import { eventually, exists, killAfter, SILENT } from "./rkl.ts";

const plugins = needs(
  "root",
  "tool:nsenter",
  "file:/usr/lib/cni/bridge",
  "file:/usr/lib/cni/host-local",
  "file:/usr/lib/cni/tuning",
);
const shapers = needs("root", "tool:tc", "ifb", "file:/usr/lib/cni/bandwidth");
const tables = needs("root", "tool:iptables", "file:/usr/lib/cni/portmap");

/** A place with networks of CNI. */
interface CniPlace extends AsyncDisposable {
  readonly here: Place;
  /** Runs `rkl` there. */
  rkl(...words: string[]): ReturnType<Place["rkl"]>;
  /** Runs a container in the background. */
  launch(name: string, words: string[], ...args: string[]): Promise<string>;
  /** Runs a container to its end and returns what it printed. */
  ask(words: string[], script: string): Promise<string>;
  /** The addresses that host-local has given away on a network. */
  leases(network: string): string[];
  /** What is known of attachments. */
  results(): string[];
}

/** The plugin bridge, with addresses of host-local from 10.77.N.0/24. */
function bridge(directory: string, n: number, more: object = {}): object {
  const ranges = [[{ subnet: `10.77.${n}.0/24` }]];
  return {
    type: "bridge",
    bridge: `cni${n}`,
    isDefaultGateway: true,
    ipam: { type: "host-local", dataDir: `${directory}/ipam`, ranges },
    ...more,
  };
}

function cniPlace(networks: (directory: string) => object[]): CniPlace {
  const here = place();
  const { directory } = here.box;
  const conf = `${directory}/net.d`;
  Deno.mkdirSync(conf);
  for (const [index, network] of networks(directory).entries()) {
    const text = JSON.stringify({ cniVersion: "1.0.0", ...network });
    Deno.writeTextFileSync(`${conf}/${index}.conflist`, text);
  }
  const rkl = (...words: string[]) =>
    here.rkl("--cni-conf-dir", conf, ...words);
  return {
    here,
    rkl,
    async launch(name, words, ...args) {
      const run = ["container", "run", "-d", "--name", name, ...words, ROOTFS];
      const { code, stderr } = await rkl(...run, ...args);
      assert.equal(code, 0, stderr);
      const show = ["container", "exec", name, "ip", "-o", "-4", "addr"];
      const addresses = succeeded(await rkl(...show));
      return /eth0 +inet ([\d.]+)/.exec(addresses)![1]!;
    },
    async ask(words, script) {
      const run = ["container", "run", "--rm", ...words, ROOTFS, "sh", "-c"];
      const { code, stdout, stderr } = await rkl(...run, script);
      assert.equal(code, 0, stderr);
      return stdout;
    },
    leases: (network) => list(`${directory}/ipam/${network}`).filter(isAddress),
    results: () => list(`${directory}/data/cni/results`),
    async [Symbol.asyncDispose]() {
      // There, where its plugins' rules are.
      const ids = succeeded(await rkl("container", "list", "-aq"));
      for (const id of ids.split("\n").filter(Boolean)) {
        await rkl("container", "delete", "--force", id);
      }
      await here[Symbol.asyncDispose]();
    },
  };
}

function list(directory: string): string[] {
  if (!exists(directory)) return [];
  return [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
}

function isAddress(name: string): boolean {
  return /^[\d.]+$/.test(name) || name.includes(":");
}

/** Runs a piece of the library in the place's network namespace. */
async function library({ here }: CniPlace, script: string) {
  const net = new URL("../net/cni/runtime/", import.meta.url);
  const code = `import * as attachment from "${net}attachment.ts";
    const places = { ...attachment.DEFAULT_PLACES,
      cacheDirectory: "${here.box.directory}/data/cni" };
    ${script}`;
  const file = `${here.box.directory}/script.ts`;
  Deno.writeTextFileSync(file, code);
  return await commandIn(
    here.netns,
    ...[Deno.execPath(), "run", "--allow-all", "--no-lock"],
    ...["--config", new URL("../deno.json", import.meta.url).pathname, file],
  );
}

/** What the plugins' rules say of addresses of network 1. */
async function natRules({ here }: CniPlace): Promise<string[]> {
  const words = ["iptables", "-t", "nat", "-S"];
  const { stdout } = await commandIn(here.netns, ...words);
  return stdout.split("\n").filter((rule) => rule.includes("10.77.1."));
}

const front = (directory: string) => ({
  name: "front",
  plugins: [
    bridge(directory, 1, {
      dns: { nameservers: ["10.77.1.53"], search: ["example.org"] },
    }),
    { type: "tuning", capabilities: { mac: true } },
  ],
});

Deno.test({
  name: "containers on a network of CNI reach each other, and leave nothing",
  ...plugins,
  async fn() {
    await using cni = cniPlace((directory) => [front(directory)]);
    const on = ["--network", "front"];
    const address = await cni.launch("web", on, "sleep", "1000");
    const script = `ping -c1 ${address}; ip route; cat /etc/hosts; ` +
      "cat /etc/resolv.conf";
    const me = ["--hostname", "me", ...on];
    const answer = await cni.ask(me, script);
    assert.match(answer, /1 packets received/);
    assert.match(answer, /^10\.77\.1\.3\tme$/m);
    assert.match(answer, /^nameserver 10\.77\.1\.53\nsearch example\.org$/m);
    assert.match(answer, /^default via 10\.77\.1\.1 dev eth0/m);
    assert.deepEqual(cni.leases("front"), [address]);

    const table = succeeded(await cni.rkl("network", "list"));
    assert.match(table, /^front +cni +cni1 +10\.77\.1\.0\/24 +1$/m);
    const shown = await cni.rkl("network", "inspect", "front");
    const [details] = JSON.parse(succeeded(shown));
    assert.equal(details.driver, "cni");
    assert.deepEqual(details.containers.web.addresses, [address]);
    const inspect = await cni.rkl("container", "inspect", "web");
    const [{ networks }] = JSON.parse(succeeded(inspect));
    assert.deepEqual(networks.front.addresses, [address]);
    assert.deepEqual(networks.front.gateways, ["10.77.1.1"]);
    const words = await cni.rkl("__complete", "network", "inspect", "f");
    assert.equal(succeeded(words), "front\t\n");

    succeeded(await cni.rkl("container", "stop", "-t", "0", "web"));
    assert.deepEqual([cni.leases("front"), cni.results()], [[], []]);
    succeeded(await cni.rkl("container", "start", "web"));
    assert.equal(cni.leases("front").length, 1);
    succeeded(await cni.rkl("container", "delete", "--force", "web"));
    assert.deepEqual([cni.leases("front"), cni.results()], [[], []]);
    assert.deepEqual(cni.here.links("veth"), []);
  },
});

Deno.test({
  name: "networks of CNI and of rkl serve one container, each an interface",
  ...plugins,
  async fn() {
    await using cni = cniPlace((directory) => [front(directory)]);
    succeeded(await cni.rkl("network", "create", "own"));
    const words = ["--network", "own", "--network", "front"];
    await cni.launch("web", words, "sleep", "1000");
    succeeded(await cni.rkl("network", "create", "late"));
    const { code } = await cni.rkl("network", "connect", "late", "web");
    assert.equal(code, 0);
    const show = ["ip", "-o", "-4", "addr"];
    const answer = await cni.rkl("container", "exec", "web", ...show);
    assert.match(answer.stdout, /eth0 +inet 10\.210\.0\.2\/24/);
    assert.match(answer.stdout, /eth1 +inet 10\.77\.1\.2\/24/);
    assert.match(answer.stdout, /eth2 +inet 10\.210\.1\.2\/24/);
    const refused = await cni.rkl("network", "disconnect", "front", "web");
    failed(refused, 125, /network "front": it is a network of CNI, which/);
    // One of rkl's own hides one of CNI.
    succeeded(await cni.rkl("network", "create", "front"));
    const hidden = await cni.ask(["--network", "front"], "ip -o -4 addr");
    assert.match(hidden, /eth0 +inet 10\.210\.2\.2\/24/);
  },
});

Deno.test({
  name: "a container that was killed is taken off by the next command",
  ...plugins,
  async fn() {
    await using cni = cniPlace((directory) => [front(directory)]);
    const on = ["--network", "front"];
    await cni.launch("web", on, "sleep", "1000");
    const state = succeeded(await cni.rkl("container", "state", "web"));
    Deno.kill(JSON.parse(state).pid, "SIGKILL");
    await eventually("it is taken off", async () => {
      succeeded(await cni.rkl("container", "list"));
      return cni.leases("front").length === 0 && cni.results().length === 0;
    });
    succeeded(await cni.rkl("container", "delete", "web"));
  },
});

Deno.test({
  name: "kill -9 of rkl while plugins run leaves nothing once it is deleted",
  ...plugins,
  async fn() {
    await using cni = cniPlace((directory) => [front(directory)]);
    const { here } = cni;
    for (let i = 0; i < 8; i++) {
      const name = `k${i}`;
      const conf = ["--cni-conf-dir", `${here.box.directory}/net.d`];
      const words = [...conf, ...sleeper(name, "--network", "front")];
      await killAfter(40 + i * 40, here.spawn(words, SILENT));
      // A plugin that was under way goes on to its end.
      await new Promise((resolve) => setTimeout(resolve, 300));
      succeeded(await cni.rkl("container", "list"));
      succeeded(await cni.rkl("container", "delete", "--force", name));
    }
    assert.deepEqual([cni.leases("front"), cni.results()], [[], []]);
    await eventually("veths are gone", () => here.links("veth").length === 0);
  },
});

Deno.test({
  name: "network prune takes off what was lost sight of, and nothing else",
  ...plugins,
  async fn() {
    await using cni = cniPlace((directory) => [front(directory)]);
    const { directory } = cni.here.box;
    const on = ["--network", "front"];
    const kept = await cni.launch("kept", on, "sleep", "1000");
    await cni.launch("lost", on, "sleep", "1000");
    Deno.removeSync(`${directory}/data/containers/lost`, { recursive: true });
    succeeded(await cni.rkl("delete", "--force", "lost"));
    assert.equal(cni.leases("front").length, 2);
    succeeded(await cni.rkl("network", "prune"));
    assert.deepEqual(cni.leases("front"), [kept]);
    assert.equal(cni.results().length, 1);
  },
});

Deno.test({
  name: "CHECK finds what was changed behind the plugins' backs",
  ...plugins,
  async fn() {
    await using cni = cniPlace((directory) => [front(directory)]);
    const on = ["--network", "front", "--cap-add", "NET_ADMIN"];
    await cni.launch("web", on, "sleep", "1000");
    const [entry] = cni.results();
    const containerId = entry!.replace(/^front-/, "").replace(/-eth0$/, "");
    const key = { networkName: "front", containerId, ifName: "eth0" };
    const check = `await attachment.checkAttachment(
      ${JSON.stringify(key)}, places)`;
    succeeded(await library(cni, check));
    const flush = ["ip", "addr", "flush", "dev", "eth0"];
    succeeded(await cni.rkl("container", "exec", "web", ...flush));
    const { code, stderr } = await library(cni, check);
    assert.equal(code, 1);
    assert.match(stderr, /PluginError: .*"bridge" failed at CHECK: .*code \d+/);
  },
});

Deno.test({
  name: "an address and a MAC that are asked for are had, or refused",
  ...plugins,
  async fn() {
    await using cni = cniPlace((directory) => [
      front(directory),
      {
        name: "fixed",
        plugins: [bridge(directory, 2, { capabilities: { ips: true } })],
      },
    ]);
    const { directory } = cni.here.box;
    const run = (field: object) => {
      const file = `${directory}/c.yaml`;
      const spec = {
        image: ROOTFS,
        network: [field],
        args: ["ip", "-o", "addr", "show", "dev", "eth0"],
      };
      Deno.writeTextFileSync(file, JSON.stringify(spec));
      return cni.rkl("container", "run", "--rm", file);
    };
    const fixed = await run({ name: "fixed", ip: "10.77.2.99" });
    assert.match(succeeded(fixed), /inet 10\.77\.2\.99\/24/);
    failed(
      await run({ name: "front", ip: "10.77.1.99" }),
      125,
      /^rkl: network "front" cannot give an address that is asked for: none of its plugins in .*0\.conflist has the capability "ips"$/m,
    );
    failed(
      await run({ name: "fixed", ip: "10.1.1.1" }),
      125,
      /^rkl: network "fixed": the CNI plugin "bridge" failed at ADD: failed to allocate .*code 999/,
    );
    assert.deepEqual([cni.leases("fixed"), cni.results()], [[], []]);
    assert.equal(succeeded(await cni.rkl("container", "list", "-aq")), "");
  },
});

Deno.test({
  name: "wrong files, missing plugins and missing networks are told",
  ...plugins,
  async fn() {
    await using cni = cniPlace(() => [
      { name: "front", plugins: [{ type: "nowhere" }] },
      { name: "b/d", plugins: [{ type: "bridge" }] },
    ]);
    const run = (network: string) =>
      cni.rkl("container", "run", "--network", network, ROOTFS, "true");
    failed(
      await run("front"),
      125,
      'network "front" needs the CNI plugin "nowhere", and there is no such ' +
        "program in /opt/cni/bin, /usr/lib/cni; install it, or name its " +
        "directory with --cni-path",
    );
    const { code, stderr } = await run("bad");
    assert.equal(code, 125);
    assert.match(
      stderr,
      /^rkl: warning: .*1\.conflist:1:30: name: expected letters, .*\nrkl: network "bad" does not exist/,
    );
    failed(
      await cni.rkl("network", "rm", "front"),
      125,
      /^rkl: cannot remove network "front": it is CNI's, configured in .*0\.conflist; remove that file instead$/m,
    );
  },
});

Deno.test({
  name: "ports are published by portmap, and masquerading ends with a stop",
  ignore: plugins.ignore || tables.ignore,
  async fn() {
    await using cni = cniPlace((directory) => [{
      name: "front",
      plugins: [
        bridge(directory, 1, { ipMasq: true }),
        { type: "portmap", capabilities: { portMappings: true } },
        { type: "firewall" },
      ],
    }]);
    const server = "echo hello > /index.html; exec httpd -f -p 80 -h /";
    const words = ["--network", "front", "-p", "8080:80"];
    await cni.launch("web", words, "sh", "-c", server);
    const get = "timeout 3 wget -qO- http://10.77.1.1:8080/index.html";
    const answer = await cni.ask(["--network", "front"], get);
    assert.equal(answer, "hello\n");
    const ports = await cni.rkl("container", "port", "web");
    assert.equal(succeeded(ports), "80/tcp -> 0.0.0.0:8080\n");
    assert.notDeepEqual(await natRules(cni), []);
    succeeded(await cni.rkl("container", "stop", "-t", "0", "web"));
    assert.deepEqual(await natRules(cni), []);
  },
});

Deno.test({
  name: "the daemon takes off who has ended, while its namespace is there",
  ignore: plugins.ignore || tables.ignore,
  async fn() {
    await using cni = cniPlace((directory) => [{
      name: "front",
      plugins: [bridge(directory, 1, { ipMasq: true })],
    }]);
    const words = ["--name", "web", "--network", "front", ROOTFS];
    const run = ["container", "run", "-d", ...words, "sleep", "0.5"];
    succeeded(await cni.rkl(...run));
    assert.equal(cni.leases("front").length, 1);
    await eventually("it is taken off", () => cni.results().length === 0);
    assert.deepEqual(cni.leases("front"), []);
    // The plugin finds its rules by the addresses in the namespace.
    assert.deepEqual(await natRules(cni), []);
  },
});

Deno.test({
  name: "a chain that shapes traffic is undone when the container ends",
  ignore: plugins.ignore || shapers.ignore,
  async fn() {
    const rates = { ingressRate: 8_000_000, ingressBurst: 800_000 };
    await using cni = cniPlace((directory) => [{
      name: "slow",
      cniVersions: ["0.4.0", "1.0.0", "1.1.0"],
      plugins: [
        bridge(directory, 3),
        {
          type: "bandwidth",
          ...rates,
          egressRate: 8_000_000,
          egressBurst: 800_000,
        },
      ],
    }]);
    const shown = async () =>
      succeeded(await commandIn(cni.here.netns, "tc", "qdisc", "show"));
    await cni.launch("web", ["--network", "slow"], "sleep", "1000");
    assert.match(await shown(), /tbf .* rate 8Mbit/);
    assert.equal(cni.here.links("ifb").length, 1);
    succeeded(await cni.rkl("container", "delete", "--force", "web"));
    assert.doesNotMatch(await shown(), /tbf/);
    assert.deepEqual(cni.here.links("ifb"), []);
    assert.deepEqual(cni.leases("slow"), []);
  },
});

Deno.test({
  name: "what a plugin cannot take off is told, kept in mind, and tried again",
  ...plugins,
  async fn() {
    await using cni = cniPlace(() => [
      { name: "odd", plugins: [{ type: "odd" }] },
    ]);
    const { directory } = cni.here.box;
    Deno.mkdirSync(`${directory}/bin`);
    const script = `#!/bin/sh
      cat > /dev/null
      case $CNI_COMMAND in
        ADD) echo '{"cniVersion": "1.0.0"}' ;;
        DEL) test ! -e ${directory}/stuck || { echo stuck >&2; exit 1; } ;;
      esac`;
    Deno.writeTextFileSync(`${directory}/bin/odd`, script, { mode: 0o755 });
    Deno.writeTextFileSync(`${directory}/stuck`, "");
    const rkl = (...words: string[]) =>
      cni.rkl("--cni-path", `${directory}/bin`, "container", ...words);
    const run = ["--network", "odd", ROOTFS, "true"];
    const warning =
      /^rkl: warning: container "\w+" could not be taken off network "odd": .*"odd" failed at DEL: it exited with 1; on stderr: stuck; "rkl network prune" tries again$/m;

    const { code, stderr } = await rkl("run", "--name", "one", ...run);
    assert.equal(code, 0);
    assert.match(stderr, warning);
    // Who only looks does not try, nor tell.
    assert.match(succeeded(await rkl("list", "-a")), /^one .*stopped/m);
    const deleted = await rkl("delete", "one");
    assert.equal(deleted.code, 0);
    assert.match(deleted.stderr, warning);
    assert.equal(cni.results().length, 1);

    // Another of its name is added only once the former is off.
    const again = await rkl("run", "--rm", "--name", "one", ...run);
    assert.equal(again.code, 125);
    assert.match(again.stderr, /"odd" failed at DEL/);
    const prune = ["--cni-path", `${directory}/bin`, "network", "prune"];
    failed(await cni.rkl(...prune), 125, /^rkl: .*"odd" failed at DEL/);
    Deno.removeSync(`${directory}/stuck`);
    succeeded(await cni.rkl(...prune));
    assert.deepEqual(cni.results(), []);
    succeeded(await rkl("run", "--rm", "--name", "one", ...run));
  },
});
