/**
 * `rkl network`, in network namespaces made for the tests.
 *
 * @module
 */
import assert from "node:assert/strict";
import { raiseBridge } from "../net/bridge_up.ts";
import { allocate, release } from "../net/ipam.ts";
import { addAddress } from "../net/netlink/address.ts";
import { addBridge } from "../net/netlink/bridge.ts";
import { addRoute } from "../net/netlink/route.ts";
import { prefixesOf, rangesOf } from "../net/network.ts";
import type { NetworkDetails } from "../cli/network/details.ts";
import { overlaps, parsePrefix } from "../net/prefix.ts";
import { failed, ROOTFS, succeeded } from "./container.ts";
import { needs } from "./facts.ts";
import { type Place, place } from "./netns.ts";
import { killAfter, SILENT } from "./rkl.ts";

const root = needs("root", "tool:nsenter");
/** What the kernel has no part in is not tried once more on an emulated one. */
const native = needs("root", "tool:nsenter", "native");

/** Leases an address and brings the bridge up, as the start of one does. */
function use({ box, socket, inside }: Place, of: NetworkDetails, by: string) {
  const directory = `${box.directory}/data/networks/${of.name}`;
  allocate(directory, by, [{ ranges: rangesOf(of, 4) }]);
  inside(() => raiseBridge(socket, of));
  return () => release(directory, by);
}

Deno.test({
  name: "network create, list, inspect, remove and prune",
  ...root,
  async fn() {
    await using here = place();
    const { network } = here;
    assert.match(
      succeeded(await network("list")),
      /^NAME +DRIVER +INTERFACE +SUBNETS +CONTAINERS\n$/,
    );
    assert.equal(succeeded(await network("create", "web")), "web\n");
    const words = [
      ...["--subnet", "10.9.0.0/24", "--gateway", "10.9.0.254"],
      ...["--ip-range=10.9.0.128/25", "--ipv6", "--internal", "--isolate"],
      ...["--mtu", "1400", "--label", "tier=data", "-d", "bridge"],
      ...["-o", "com.docker.network.bridge.name=br-db", "db"],
    ];
    assert.equal(succeeded(await network("create", ...words)), "db\n");

    const [table, quiet, json, all] = await Promise.all([
      network("list"),
      network("ls", "-q"),
      network("list", "--format", "json"),
      network("inspect", "db", "web"),
    ]);
    const [, db, web] = succeeded(table).split("\n");
    assert.match(
      db!,
      /^db +bridge +br-db +10\.9\.0\.0\/24, fd[\da-f:]+\/64 +0$/,
    );
    assert.match(web!, /^web +bridge +rkl-[\da-f]{8} +10\.210\.0\.0\/24 +0$/);
    assert.equal(succeeded(quiet), "db\nweb\n");
    const shown: NetworkDetails[] = JSON.parse(succeeded(all));
    const { id, created, subnets, ...rest } = shown[0]!;
    assert.deepEqual(JSON.parse(succeeded(json).split("\n")[0]!), {
      ID: id,
      Name: "db",
      Driver: "bridge",
      Scope: "local",
      IPv4: true,
      IPv6: true,
      Internal: true,
      Labels: "tier=data",
      CreatedAt: created,
      Interface: "br-db",
      Subnets: subnets.map(({ subnet }) => subnet).join(", "),
      Containers: 0,
    });
    assert.ok(Math.abs(Date.now() - Date.parse(created)) < 600_000);
    assert.deepEqual(subnets[0], {
      subnet: "10.9.0.0/24",
      gateway: "10.9.0.254",
      ipRange: "10.9.0.128/25",
    });
    assert.deepEqual(rest, {
      name: "db",
      driver: "bridge",
      interface: "br-db",
      internal: true,
      isolate: true,
      masquerade: true,
      mtu: 1400,
      labels: { tier: "data" },
      options: { "com.docker.network.bridge.name": "br-db" },
      containers: {},
    });

    assert.equal(succeeded(await network("rm", "web")), "web\n");
    assert.equal(succeeded(await network("rm", "--force", "web")), "");
    assert.equal(succeeded(await network("prune", "-f")), "db\n");
    assert.equal(succeeded(await network("ls", "-q")), "");
    assert.deepEqual(here.links("bridge"), []);
  },
});

Deno.test({
  name: "network create: what cannot be is refused in one line",
  ...native,
  async fn() {
    await using here = place();
    const { network, socket } = here;
    socket.batch([
      addBridge({ name: "vpn", index: 10, up: true }),
      addAddress(10, parsePrefix("192.0.2.1/24")),
      addRoute({ to: parsePrefix("10.8.0.0/16"), index: 10, table: 51820 }),
    ]);
    succeeded(await network("create", "--subnet", "10.9.0.0/24", "web"));
    const refused = async (words: string[], message: RegExp) =>
      failed(await network("create", ...words), 125, message);
    const subnet = (text: string) => ["--subnet", text];
    await refused(
      subnet("10.9.0.128/25"),
      /10\.9\.0\.128\/25: it overlaps 10\.9\.0\.0\/24 of network "web"; take /,
    );
    await refused(
      subnet("10.8.3.0/24"),
      /overlaps 10\.8\.0\.0\/16, where the host has an address or a route/,
    );
    await refused(subnet("192.0.2.128/25"), /overlaps 192\.0\.2\.0\/24, where/);
    await refused(
      subnet("10.1.2.3/24"),
      /--subnet 10\.1\.2\.3\/24: .* in the network 10\.1\.2\.0\/24$/m,
    );
    await refused(["web"], /network "web" already exists; choose another name/);
    await refused(["../web"], /"\.\.\/web" is no network name; allowed: /);
    await refused(["host"], /"host" cannot name a network/);
    await refused(
      ["-o", "vlam=7"],
      /unknown network option "vlam"; there are /,
    );
    await refused(["-d", "macvlan"], /--driver macvlan: must be bridge/);
    assert.equal(succeeded(await network("ls", "-q")), "web\n");
    failed(
      await network("inspect", "no"),
      125,
      /network "no" does not exist in .*; make it with "rkl network create no"/,
    );
  },
});

Deno.test({
  name: "network create chooses beside the routes the host has",
  ...native,
  async fn() {
    await using here = place();
    here.socket.batch([
      addBridge({ name: "vpn", index: 10, up: true }),
      addRoute({ to: parsePrefix("0.0.0.0/1"), index: 10 }),
      addRoute({ to: parsePrefix("10.0.0.0/8"), index: 10 }),
      addAddress(10, parsePrefix("172.24.0.5/24")),
    ]);
    succeeded(await here.network("create", "web"));
    const { subnets } = await here.inspect("web");
    assert.deepEqual(subnets, [
      { subnet: "172.24.1.0/24", gateway: "172.24.1.1" },
    ]);
  },
});

Deno.test({
  name: "network list and inspect take docker's templates",
  ...native,
  async fn() {
    await using here = place();
    const { network } = here;
    const words = [
      ...["--subnet", "10.9.0.0/24", "--ipv6", "--internal"],
      ...["--label", "tier=data", "--label", "a=b", "db"],
    ];
    succeeded(await network("create", ...words));
    succeeded(await network("create", "--subnet", "10.8.0.0/24", "web"));
    const { id, created } = await here.inspect("db");
    const printed = async (...words: string[]) =>
      succeeded(await network(...words));
    const list = (format: string) =>
      printed("ls", "--filter", "driver=bridge", "--format", format);
    const inspect = (format: string) =>
      printed("inspect", "-f", format, "db", "web");

    const names = "{{.Name}} {{.Driver}} {{.Scope}} {{.IPv6}} {{.Internal}}";
    assert.equal(
      await list(names),
      "db bridge local true true\nweb bridge local false false\n",
    );
    assert.match(
      await list('{{.ID}} {{.CreatedAt}} {{.Labels}} {{.Label "tier"}}'),
      new RegExp(`^${id} ${created} tier=data,a=b data\n`),
    );
    assert.equal(
      await list('table {{.Name}}\\t{{.Label "tier"}}\\t{{.Containers}}'),
      "NAME   tier   CONTAINERS\ndb     data   0\nweb           0\n",
    );
    assert.equal(
      await inspect("{{.Labels.tier}} {{.EnableIPv6}} {{.mtu}}"),
      "data true <no value>\n<no value> false <no value>\n",
    );
    assert.equal(
      await inspect("{{(index .IPAM.Config 0).Gateway}} {{len .Containers}}"),
      "10.9.0.1 0\n10.8.0.1 0\n",
    );
    assert.deepEqual(
      JSON.parse(await inspect("json")),
      JSON.parse(await printed("inspect", "db", "web")),
    );

    failed(
      await network("ls", "--format", "{{.Nam}}"),
      125,
      /^rkl: network list: --format: \.Nam: unknown field, did you mean Name\?; allowed: ID, Name, /,
    );
    failed(
      await network("inspect", "-f", "{{if .Name}}", "db"),
      125,
      "network inspect: --format, character 1: this block has no {{end}}",
    );
    failed(
      await network("ls", "--format", "yaml"),
      125,
      /--format yaml: must be table, json, or a template such as/,
    );
  },
});

Deno.test({
  name: "20 networks made at once have subnets of their own",
  ...native,
  async fn() {
    await using here = place();
    const names = Array.from({ length: 20 }, (_, i) => `n${i}`);
    const results = await Promise.all(
      names.map((name) => here.network("create", "--ipv6", name)),
    );
    assert.deepEqual(results.map(succeeded), names.map((name) => `${name}\n`));
    const all = await here.networks();
    const prefixes = all.flatMap(prefixesOf);
    assert.equal(prefixes.length, 40);
    for (const [index, prefix] of prefixes.entries()) {
      const first = prefixes.findIndex((other) => overlaps(other, prefix));
      assert.equal(first, index);
    }
    assert.equal(new Set(all.map((network) => network.interface)).size, 20);
  },
});

Deno.test({
  name: "of two networks with one name, made at once, one wins",
  ...native,
  async fn() {
    await using here = place();
    const make = () => here.network("create", "web");
    const results = await Promise.all([make(), make(), make()]);
    const codes = results.map(({ code }) => code).sort();
    assert.deepEqual(codes, [0, 125, 125]);
    assert.equal(succeeded(await here.network("ls", "-q")), "web\n");
  },
});

Deno.test({
  name: "a network in use stays, and names its users; then its bridge goes too",
  ...native,
  async fn() {
    await using here = place();
    const { network, inspect, box } = here;
    succeeded(await network("create", "web"));
    const before = await inspect("web");
    const giveBack = use(here, before, "front");
    use(here, before, "gone");
    // What tells a container from one that is no more.
    Deno.mkdirSync(`${box.directory}/data/containers/front`, {
      recursive: true,
    });
    const { containers, interface: bridge } = await inspect("web");
    assert.deepEqual(containers, { front: { addresses: ["10.210.0.2"] } });
    for (const words of [["rm", "web"], ["rm", "--force", "web"]]) {
      failed(
        await network(...words),
        125,
        'cannot remove network "web": in use by front; delete it first',
      );
    }
    assert.equal(succeeded(await network("prune")), "");
    assert.deepEqual(here.links("bridge"), [bridge]);

    giveBack();
    assert.equal(succeeded(await network("rm", "web")), "web\n");
    assert.deepEqual(here.links("bridge"), []);
  },
});

Deno.test({
  name: "kill -9 at random moments of network create and rm leaves nothing",
  ...native,
  async fn() {
    await using here = place();
    const begun = Date.now();
    succeeded(await here.network("create", "first"));
    const longest = 1.6 * (Date.now() - begun);
    succeeded(await here.network("rm", "first"));
    const parent = `${here.box.directory}/data/networks`;
    let made = 0;
    for (let i = 0; i < 60; i++) {
      const name = `n${i}`;
      const words = i % 3 === 2 ? ["rm", `n${i - 1}`] : ["create", name];
      const child = here.spawn(["network", ...words], SILENT);
      await killAfter(Math.random() * longest, child);
      const names = (await here.networks()).map(({ name }) => name);
      const left = Array.from(Deno.readDirSync(parent), ({ name }) => name);
      assert.deepEqual(left.sort(), [".lock", ...names].sort());
      made += names.includes(name) ? 1 : 0;
    }
    assert.ok(made > 0, "none was made in time");
    succeeded(await here.network("prune"));
    assert.equal(succeeded(await here.network("ls", "-q")), "");
  },
});

Deno.test({
  name: "network list and prune take docker's filters, and labels of a word",
  ...native,
  async fn() {
    await using here = place();
    const make = ["create", "--label", "env=test", "--label", "kept", "front"];
    succeeded(await here.network(...make));
    succeeded(await here.network("create", "back"));
    const ls = async (...filters: string[]) =>
      succeeded(
        await here.network(
          ...["ls", "-q", ...filters.flatMap((one) => ["--filter", one])],
        ),
      );
    assert.equal(await ls("label=env=test"), "front\n");
    assert.equal(await ls("name=ack"), "back\n");
    assert.equal(await ls("label=kept", "name=back"), "");
    const others = ["prune", "-f", "--filter", "label!=kept"];
    assert.equal(succeeded(await here.network(...others)), "back\n");
    failed(await here.network("ls", "--filter", "scope=local"), 125, /must be/);
    failed(
      await here.network("create", "default"),
      125,
      /"default" cannot name a network/,
    );
    const plan = ["container", "run", "--dry-run", "--network", "default"];
    const { stdout } = await here.rkl(...plan, ROOTFS, "true");
    assert.match(stdout, /^connect eth0 to network bridge/m);
  },
});
