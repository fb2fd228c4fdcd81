/**
 * Containers on networks of CNI, with the reference plugins that Debian has: what
 * they get, and what is refused.
 *
 * @module
 */
import assert from "node:assert/strict";
import { deleteLink } from "../net/netlink/link.ts";
import { NetlinkSocket } from "../net/netlink/socket.ts";
import { inNetns } from "../net/netns.ts";
import { bridge, cniPlace, front, plugins } from "./cni_place.ts";
import { failed, ROOTFS, succeeded } from "./container.ts";

Deno.test({
  name: "containers on a network of CNI reach each other, and leave nothing",
  ...plugins,
  async fn() {
    await using cni = cniPlace((directory) => [front(directory)]);
    const on = ["--network", "front"];
    const address = await cni.launch("web", on, "sleep", "1000");
    const script = `ping -c1 ${address}; ip route; cat /etc/hosts; ` +
      "cat /etc/resolv.conf";
    const up = ["--add-host", "up:host-gateway"];
    const me = ["--hostname", "me", ...up, ...on];
    const answer = await cni.ask(me, script);
    assert.match(answer, /1 packets received/);
    assert.match(answer, /^10\.77\.1\.3\tme$/m);
    assert.match(answer, /^10\.77\.1\.1\tup$/m);
    assert.match(answer, /^nameserver 10\.77\.1\.53\nsearch example\.org$/m);
    assert.match(answer, /^default via 10\.77\.1\.1 dev eth0/m);
    assert.deepEqual(cni.leases("front"), [address]);

    const table = succeeded(await cni.rkl("network", "list"));
    assert.match(table, /^front +cni +cni1 +10\.77\.1\.0\/24 +1$/m);
    const shown = await cni.rkl("network", "inspect", "front");
    const [details] = JSON.parse(succeeded(shown));
    assert.equal(details.driver, "cni");
    assert.deepEqual(details.containers.web.addresses, [address]);
    assert.equal(details.status, "ok");
    assert.deepEqual(details.checks, { web: "ok" });
    const inspect = await cni.rkl("container", "inspect", "web");
    const [{ rkl: { networks } }] = JSON.parse(succeeded(inspect));
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
  name: "network inspect tells what is no longer as the plugins made it",
  ...plugins,
  async fn() {
    await using cni = cniPlace((directory) => [front(directory)]);
    await cni.launch("web", ["--network", "front"], "sleep", "1000");
    const inspect = await cni.rkl("container", "inspect", "web");
    const [{ rkl: { pid } }] = JSON.parse(succeeded(inspect));
    using inside = inNetns(pid as number, () => new NetlinkSocket("ROUTE"));
    inside.request(deleteLink("eth0"));
    const shown = await cni.rkl("network", "inspect", "front");
    const [details] = JSON.parse(succeeded(shown));
    assert.equal(details.status, "ok");
    assert.match(details.checks.web, /bridge.* CHECK|CHECK.* bridge/s);
  },
});
