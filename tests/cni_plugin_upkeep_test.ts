/**
 * rkl's CNI plugin after ADD: CHECK, GC and STATUS, many at once, and what a
 * killed one has left.
 *
 * @module
 */
import assert from "node:assert/strict";
import { addAddress, deleteAddress } from "../net/netlink/address.ts";
import { setLink } from "../net/netlink/link.ts";
import { NetlinkSocket } from "../net/netlink/socket.ts";
import { inNetns } from "../net/netns.ts";
import { parsePrefix } from "../net/prefix.ts";
import { assertClean, CniHost, config, eth0 } from "./cni_host.ts";
import { EMULATED, needs } from "./facts.ts";
import { pathOf } from "./netns.ts";
import { killAfter, SILENT, spawn } from "./rkl.ts";

const root = needs("root", "tool:nsenter", "tool:busybox", "native");

Deno.test({
  name: "CNI CHECK names what is not as it was made",
  ...root,
  async fn() {
    using host = new CniHost();
    const box = host.box("a");
    const all = config(host, { ipMasq: true });
    const prevResult = await host.ask("ADD", box, all);
    const there = { ...all, prevResult };
    using socket = inNetns(box.netns, () => new NetlinkSocket("ROUTE"));
    const { index, mac } = eth0(box)!;
    const problem = async () =>
      (await host.refuse("CHECK", box, there)).details;
    socket.request(setLink(index, { mac: "02:00:00:00:00:09" }));
    assert.match(
      (await problem())!,
      /^eth0 has the Ethernet address 02:00:00:0/,
    );
    socket.request(setLink(index, { mac: mac! }));
    const address = parsePrefix("10.1.0.2/24");
    socket.request(deleteAddress(index, address));
    assert.equal(await problem(), "eth0 has no address 10.1.0.2/24");
    socket.request(addAddress(index, address));
    assert.equal(await problem(), "there is no route to 0.0.0.0/0");
    const { details } = await host.refuse("CHECK", box, all);
    assert.equal(details, "prevResult: missing; CHECK compares with it");
    await host.ask("DEL", box, all);
  },
});

Deno.test({
  name: "CNI: DEL without the namespace, GC of what nobody removed, STATUS",
  ...root,
  async fn() {
    using host = new CniHost();
    const all = config(host, {
      ipMasq: true,
      macspoofchk: true,
      ipam: host.ipam("10.1.0.0/29"),
    });
    const boxes = ["a", "b", "c", "d", "e"].map((id) => host.box(id));
    for (const box of boxes) await host.ask("ADD", box, all);
    assert.equal((await host.refuse("STATUS", undefined, all)).code, 50);

    const [a, b, c] = boxes;
    await host.ask("DEL", { ...a!, path: "" }, all);
    await host.ask("DEL", { ...b!, path: "/nonexistent" }, all);
    Deno.writeTextFileSync(`${host.directory}/stale`, "");
    await host.ask("DEL", { ...c!, path: `${host.directory}/stale` }, all);
    assert.deepEqual(host.leases("net"), ["10.1.0.5", "10.1.0.6"]);
    assert.equal(host.links("veth").length, 2);
    const own = await host.refuse(
      "DEL",
      { ...a!, path: pathOf(host.netns) },
      all,
    );
    assert.equal(own.code, 8);
    assert.match(own.msg!, /is the network namespace that the plugin is in$/);
    assert.deepEqual(await host.ask("STATUS", undefined, all), {});

    const valid = [{ containerID: "d", ifname: "eth0" }];
    const gc = { ...all, "cni.dev/valid-attachments": valid };
    await host.ask("GC", undefined, gc);
    assert.deepEqual(host.leases("net"), ["10.1.0.5"]);
    assert.equal(host.links("veth").length, 1);
    assert(await host.reaches(boxes[3]!.netns, "10.1.0.1"));
    // Another network's are not this one's to judge.
    await host.ask("GC", undefined, { ...all, name: "other" });
    assert.equal(host.links("veth").length, 1);
    await host.ask("GC", undefined, all);
    assertClean(host, ...boxes);
  },
});

Deno.test({
  name: "CNI: 8 ADDs at once have a bridge and addresses of their own",
  ...root,
  async fn() {
    using host = new CniHost();
    const all = config(host, { ipMasq: true, macspoofchk: true });
    const boxes = Array.from({ length: 8 }, (_, i) => host.box(`c${i}`));
    const results = await Promise.all(
      boxes.map((box) => host.ask("ADD", box, all)),
    );
    const addresses = results.flatMap(({ ips }) =>
      ips!.map((ip) => ip.address)
    );
    assert.equal(new Set(addresses).size, 16);
    assert.equal(host.links("veth").length, 8);
    await Promise.all(boxes.map((box) => host.ask("DEL", box, all)));
    assertClean(host, ...boxes);
  },
});

Deno.test({
  name: "CNI: kill -9 at random moments of ADD, then DEL, leaves nothing",
  ...root,
  async fn() {
    using host = new CniHost();
    const box = host.box("a");
    const all = config(host, { ipMasq: true, macspoofchk: true });
    const stdin = new TextEncoder().encode(JSON.stringify(all));
    const begun = Date.now();
    await host.ask("ADD", box, all);
    const longest = 1.2 * (Date.now() - begun);
    await host.ask("DEL", box, all);
    const times = EMULATED ? 8 : 40;
    let killed = 0;
    for (let i = 0; i < times; i++) {
      const { args, env } = host.line("ADD", box);
      const child = spawn("nsenter", args, { ...SILENT, env, stdin: "piped" });
      const writer = child.stdin.getWriter();
      await writer.write(stdin);
      await writer.close();
      const wasKilled = await killAfter(longest * (i / times), child);
      if (wasKilled && i > times / 3) killed++; // before, it only starts
      // As GC would, or a second ADD: half of an attachment is no obstacle.
      if (i % 3 === 0) await host.call("ADD", box, all);
      await host.ask("DEL", box, all);
      assertClean(host, box);
    }
    assert(killed > 0, "none was killed in time");
  },
});
