/**
 * What happens at the limits: of memory, of processes, of the disk.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  failed,
  inspect,
  nameIn,
  ROOTFS,
  smallDisk,
  start,
  succeeded,
} from "./container.ts";
import { fnv1a } from "../sys/hash.ts";
import { needs } from "./facts.ts";
import { command, eventually, sandbox } from "./rkl.ts";

Deno.test({
  name: "a container out of memory is killed, and inspect says why",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const words = ["--name", name, "-m", "16Mi", ROOTFS, "tail", "/dev/zero"];
    assert.equal((await box.rkl("container", "run", ...words)).code, 137);
    const { exitCode, oomKilled } = await inspect(box, name);
    assert.deepEqual({ exitCode, oomKilled }, {
      exitCode: 137,
      oomKilled: true,
    });
  },
});

Deno.test({
  name: "a fork bomb is held by the limit of processes and can be deleted",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const bomb = "b() { b | b & }; b; sleep 1000";
    const words = ["--pids-limit", "30", ROOTFS, "sh", "-c", bomb];
    const { id, cgroups } = await start(box, ["--name", nameIn(box), ...words]);
    const pids = `${cgroups["pids"] ?? cgroups[""]}/pids`;
    const read = (file: string) =>
      Deno.readTextFileSync(`${pids}.${file}`).match(/\d+/)![0];
    await eventually("the limit was hit", () => Number(read("events")) > 0);
    assert.equal(read("max"), "30");
    assert.ok(Number(read("current")) <= 30);
    succeeded(await box.rkl("container", "delete", "--force", id));
    assert.throws(() => read("current"), Deno.errors.NotFound);
  },
});

Deno.test({
  name: "a read-only root filesystem refuses writes",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const words = ["--rm", "--read-only", ROOTFS, "touch", "/file"];
    const { code, stderr } = await box.rkl("container", "run", ...words);
    assert.equal(code, 1);
    assert.match(stderr, /touch: \/file: Read-only file system/);
  },
});

for (const where of ["--root", "--data-root"]) {
  Deno.test({
    name:
      `a full disk at ${where} fails the start in one line, and leaves none`,
    ...needs("root"),
    async fn() {
      await using box = sandbox();
      await using disk = await smallDisk(box, "64k");
      const fill = await Deno.open(`${disk.path}/fill`, {
        create: true,
        write: true,
      });
      const block = new Uint8Array(4096).fill(1);
      try {
        for (;;) fill.writeSync(block);
      } catch {
        fill.close(); // it is full
      }
      const name = nameIn(box);
      const result = await box.rkl(
        where,
        disk.path,
        "container",
        "run",
        "--name",
        name,
        ROOTFS,
        "true",
      );
      failed(
        result,
        125,
        /^rkl: .*ENOSPC .no space left on device.; free some space/,
      );
      const cgroups = await command("find", [
        "/sys/fs/cgroup",
        "-name",
        `*.${fnv1a(where === "--root" ? disk.path : `${box.directory}/root`)}`,
      ]);
      assert.equal(cgroups.stdout, "");
    },
  });
}

Deno.test({
  name: "output that the disk has no room for is counted, not mixed up",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    await using disk = await smallDisk(box, "1m");
    const data = ["--data-root", disk.path];
    const name = nameIn(box);
    // Not before rkl has noted that it started, which needs some room.
    const script = "sleep 1; seq 1 400000; echo end >&2";
    succeeded(
      await box.rkl(
        ...data,
        "container",
        "run",
        "-d",
        "--name",
        name,
        ROOTFS,
        "sh",
        "-c",
        script,
      ),
    );
    const wait = await box.rkl(...data, "container", "wait", name);
    assert.equal(succeeded(wait), "0\n");
    const details = JSON.parse(
      succeeded(await box.rkl(...data, "container", "inspect", name)),
    )[0].rkl;
    assert.ok(details.lostLogBytes > 0, "bytes were lost");
    const { stdout } = await box.rkl(...data, "container", "logs", name);
    const lines = stdout.split("\n").slice(0, 1000);
    assert.deepEqual(lines, Array.from({ length: 1000 }, (_, i) => `${i + 1}`));
    succeeded(await box.rkl(...data, "container", "delete", name));
  },
});
