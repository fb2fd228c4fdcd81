/**
 * `rkl info`, held against what the kernel shows elsewhere.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Info } from "../cli/info_text.ts";
import { succeeded } from "./container.ts";
import { type Fact, has, needs } from "./facts.ts";
import { place } from "./netns.ts";
import { command, RKL, sandbox } from "./rkl.ts";

/** What is told of a feature, and the fact of the machine that says so too. */
const SAME: readonly (readonly [feature: string, fact: Fact])[] = [
  ["seccomp", "seccomp"],
  ["ipv6", "ipv6"],
  ["vlan", "vlan"],
  ["apparmor", "apparmor"],
  ["cap-sys-resource", "cap-sys-resource"],
  ["cgroup-cpuset", "cgroup-controllers:cpuset"],
];

const NAMES = [
  ...["kernel", "mount-namespace", "user-namespace", "overlay"],
  ...["idmapped-mounts", "cgroup-memory", "cgroup-swap", "device-rules"],
  ...["veth", "bridge", "nf-tables", "nft-fib", "bridge-vlan-filtering"],
  ...["ip-forward", "br-netfilter", "executable-memfd", "cap-sys-admin"],
];

Deno.test({
  name: "info tells of the host what it is, and leaves nothing there",
  ...needs("root", "tool:nsenter"),
  async fn() {
    await using here = place();
    succeeded(await here.network("create", "front"));
    const links = () => ["bridge", "veth"].flatMap(here.links);
    const mounts = () => Deno.readTextFileSync("/proc/self/mountinfo");
    const before = [links(), mounts()];
    const text = succeeded(await here.rkl("info", "--format", "json"));
    const info: Info = JSON.parse(text);
    assert.deepEqual([links(), mounts()], before);
    assert.deepEqual(Object.keys(info), [
      ...["rkl", "kernel", "architecture", "cgroup", "storage"],
      ...["containers", "networks", "features"],
    ]);
    assert.equal(info.rkl.binary, RKL);
    assert.equal(info.kernel, Deno.osRelease());
    assert.equal(info.networks, 1);
    assert.equal(info.containers?.total, 0);
    const { dataRoot } = info.storage;
    assert.equal(dataRoot.path, `${here.box.directory}/data`);
    assert.ok(dataRoot.free > 0 && dataRoot.free <= dataRoot.size);
    const { mode, controllers } = info.cgroup;
    assert.equal(mode === "v2", has("cgroup-v2") && !has("cgroup-v1"));
    for (const { mount } of controllers) assert.ok(Deno.statSync(mount));
    const byName = new Map(info.features.map((one) => [one.name, one]));
    for (const name of NAMES) assert.ok(byName.has(name), name);
    for (const [name, fact] of SAME) {
      assert.equal(byName.get(name)?.status === "ok", has(fact), name);
    }
    for (const one of info.features) {
      // On v2 it shows only in a cgroup below the root.
      if (one.name === "cgroup-swap" && one.status === "unknown") continue;
      assert.ok(["ok", "limited", "missing"].includes(one.status), one.name);
      assert.equal("remedy" in one, one.status !== "ok", one.name);
    }
    const table = succeeded(await here.rkl("info"));
    assert.match(table, /^rkl: .*\n(.*\n)+FEATURE +STATUS +DETAIL\nkernel +ok/);
    // Somebody may have written to the disk meanwhile.
    const steady = (text: string) =>
      text.replaceAll(/, \S+ of \S+ free$/gm, "");
    const again = succeeded(await here.rkl("system", "info"));
    assert.notEqual(steady(table), table);
    assert.equal(steady(again), steady(table));
  },
});

Deno.test({
  name: "without root, info says what it could not ask",
  ...needs("root", "tool:setpriv"),
  async fn() {
    await using box = sandbox();
    const own = `${box.directory}/rkl`;
    await Deno.copyFile(RKL, own); // the way to the other may be root's
    await Deno.chmod(own, 0o755);
    await Deno.chmod(box.directory, 0o755);
    const user = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    const words = ["info", "--format", "json"];
    const roots = ["--root", "/nosuch/root", "--data-root", "/nosuch/data"];
    const options = { cwd: "/", env: { HOME: "/nosuch" } };
    const result = await command(
      "setpriv",
      [...user, own, ...roots, ...words],
      options,
    );
    const { features }: Info = JSON.parse(succeeded(result));
    const statusOf = (name: string) =>
      features.find((one) => one.name === name)?.status;
    assert.equal(statusOf("kernel"), "ok");
    assert.equal(statusOf("veth"), "unknown");
    assert.equal(statusOf("overlay"), "unknown");
    assert.equal(statusOf("idmapped-mounts"), "unknown");
    assert.equal(statusOf("cap-sys-admin"), "missing");
  },
});
