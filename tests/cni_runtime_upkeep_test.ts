/**
 * Containers on networks of CNI that were killed or changed, and plugins that
 * fail: what is found out, told and undone.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type CniPlace, cniPlace, front, plugins } from "./cni_place.ts";
import {
  inspect,
  link,
  proc,
  processesThat,
  ROOTFS,
  sleeper,
  succeeded,
} from "./container.ts";
import { daemonsOf } from "./daemon.ts";
import { commandIn } from "./netns.ts";
import { eventually, killAfter, SILENT } from "./rkl.ts";
import { tryReadText } from "../sys/entry.ts";

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
  name:
    "the namespace of a container is let go of by the daemon once it is over",
  ...plugins,
  async fn() {
    await using cni = cniPlace((directory) => [front(directory)]);
    const on = ["--network", "front"];
    await cni.launch("near", on, "sleep", "1000");
    const [daemon] = daemonsOf(cni.here.box);
    const held = () =>
      Array.from(
        Deno.readDirSync(`/proc/${daemon}/fd`),
        ({ name }) => link(`/proc/${daemon}/fd/${name}`),
      );
    for (const end of [["delete", "--force"], ["stop", "-t", "0"]]) {
      await cni.launch("web", on, "sleep", "1000");
      const state = await cni.rkl("container", "state", "web");
      const { pid } = JSON.parse(succeeded(state));
      const netns = link(`/proc/${pid}/ns/net`);
      await eventually("it is held", () => held().includes(netns));
      succeeded(await cni.rkl("container", ...end, "web"));
      await eventually("it is not held", () => !held().includes(netns));
    }
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
      const isOf = (pid: number) =>
        proc(pid, "environ").includes(`RKL_CONTAINER=${name}`);
      await eventually("none is", () => processesThat(isOf).length === 0);
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
    const { id } = await inspect(cni.here.box, "lost");
    Deno.removeSync(`${directory}/data/containers/${id}`, { recursive: true });
    succeeded(await cni.rkl("delete", "--force", id));
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
  name:
    "plugins that take their time have nobody wait, and find what they have made",
  ...plugins,
  async fn() {
    await using cni = cniPlace(() => [
      { name: "odd", plugins: [{ type: "odd" }] },
    ]);
    const { directory } = cni.here.box;
    Deno.mkdirSync(`${directory}/bin`);
    const script = `#!/bin/sh
      cat > /dev/null
      test $CNI_COMMAND != ADD || { echo '{"cniVersion": "1.0.0"}'; exit; }
      echo "$CNI_NETNS" >> ${directory}/left
      while test -e ${directory}/stuck; do sleep 0.1; done`;
    Deno.writeTextFileSync(`${directory}/bin/odd`, script, { mode: 0o755 });
    Deno.writeTextFileSync(`${directory}/stuck`, "");
    const start = (name: string, ...words: string[]) =>
      cni.rkl("--cni-path", `${directory}/bin`, ...sleeper(name, ...words));
    succeeded(await cni.rkl("network", "create", "own"));
    await start("near", "--network", "own");
    const pids = ["one", "two"].map(async (name) => {
      succeeded(await start(name, "--network", "odd", "--restart", "always"));
      return (await inspect(cni.here.box, name)).pid!;
    });
    for (const pid of await Promise.all(pids)) Deno.kill(pid, "SIGKILL");
    const left = () =>
      (tryReadText(`${directory}/left`) ?? "").split("\n").slice(0, -1);
    try {
      await eventually("both are being taken off", () => left().length === 2);
      // Each in the namespace that was its own.
      assert.deepEqual(left().filter((netns) => netns === ""), []);
      succeeded(await start("far", "--network", "own"));
    } finally {
      Deno.removeSync(`${directory}/stuck`);
    }
    await eventually("both run again", async () => {
      const list = succeeded(await cni.rkl("container", "list", "-q"));
      return list.trimEnd().split("\n").length === 4;
    });
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
    assert.match(succeeded(await rkl("list", "-a")), / Exited .* one$/m);
    const deleted = await rkl("delete", "one");
    assert.equal(deleted.code, 0);
    assert.match(deleted.stderr, warning);
    assert.equal(cni.results().length, 1);

    // Another of its name is not it.
    const again = await rkl("run", "--rm", "--name", "one", ...run);
    assert.equal(again.code, 0);
    assert.match(again.stderr, warning);
    assert.equal(cni.results().length, 2);
    const prune = ["--cni-path", `${directory}/bin`, "network", "prune"];
    const stuck = await cni.rkl(...prune);
    assert.equal(stuck.code, 125);
    assert.match(stuck.stderr, /^rkl: .*"odd" failed at DEL/);
    Deno.removeSync(`${directory}/stuck`);
    succeeded(await cni.rkl(...prune));
    assert.deepEqual(cni.results(), []);
    succeeded(await rkl("run", "--rm", "--name", "one", ...run));
  },
});
