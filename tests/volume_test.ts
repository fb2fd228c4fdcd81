/**
 * `rkl volume`, and the volumes of containers.
 *
 * @module
 */
import assert from "node:assert/strict";
import { failed, launch, nameIn, ROOTFS, run, succeeded } from "./container.ts";
import { needs } from "./facts.ts";
import { type Sandbox, sandbox } from "./rkl.ts";

const native = needs("root", "native");

/** What the shell in a container prints. */
async function shell(box: Sandbox, flags: string[], script: string) {
  const words = [...flags, ROOTFS, "sh", "-c", script];
  return succeeded(await box.rkl(...run(...words)));
}

async function volumes(box: Sandbox, ...flags: string[]): Promise<string[]> {
  const listed = await box.rkl("volume", "ls", "-q", ...flags);
  return succeeded(listed).split("\n").slice(0, -1);
}

Deno.test({
  name: "volumes are created, listed, inspected and removed",
  ...native,
  async fn() {
    await using box = sandbox();
    const volume = (...words: string[]) => box.rkl("volume", ...words);
    assert.equal(
      succeeded(await volume("create", "--label", "a=1", "files")),
      "files\n",
    );
    assert.equal(succeeded(await volume("create", "files")), "files\n");
    const unnamed = succeeded(await volume("create")).trim();
    assert.match(unnamed, /^[0-9a-f]{64}$/);
    assert.deepEqual((await volumes(box)).sort(), [unnamed, "files"].sort());
    assert.deepEqual(await volumes(box, "--filter", "label=a"), ["files"]);
    assert.deepEqual(await volumes(box, "--filter", "name=ile"), ["files"]);
    assert.deepEqual(await volumes(box, "--filter", "dangling=false"), []);
    const [told] = JSON.parse(succeeded(await volume("inspect", "files")));
    const { name, labels, mountpoint, containers, driver, scope } = told;
    assert.deepEqual({ name, labels, mountpoint, containers, driver, scope }, {
      name: "files",
      labels: { a: "1" },
      mountpoint: `${box.directory}/data/volumes/files/_data`,
      containers: [],
      driver: "local",
      scope: "local",
    });
    assert.equal(succeeded(await volume("rm", "files")), "files\n");
    failed(await volume("rm", "files"), 125, /volume "files" does not exist/);
    succeeded(await volume("rm", "-f", "files"));
    failed(
      await volume("create", "a/b"),
      125,
      /"a\/b" is no volume name; allowed: 2 to 255/,
    );
  },
});

Deno.test({
  name: "prune removes volumes that nobody named, with --all the others too",
  ...native,
  async fn() {
    await using box = sandbox();
    for (const name of ["one", "two"]) {
      succeeded(
        await box.rkl("volume", "create", "--label", `n=${name}`, name),
      );
    }
    const name = nameIn(box);
    await launch(box, [
      "--name",
      name,
      "-v",
      "two:/a",
      "-v",
      "/own",
      ROOTFS,
      "sleep",
      "100",
    ]);
    succeeded(await box.rkl("container", "rm", "-f", name));
    failed(await box.rkl("volume", "prune"), 125, /stdin is no terminal/);
    const pruned = succeeded(await box.rkl("volume", "prune", "-f"));
    assert.match(pruned, /^Deleted Volumes:\n[0-9a-f]{64}\n\nTotal reclaimed/);
    assert.deepEqual(await volumes(box), ["one", "two"]);
    const filter = ["--filter", "label!=n=one"];
    succeeded(await box.rkl("volume", "prune", "-af", ...filter));
    assert.deepEqual(await volumes(box), ["one"]);
    await shell(box, ["-v", "/own"], "true");
    succeeded(await box.rkl("system", "prune", "-f", "--volumes"));
    assert.deepEqual(await volumes(box), ["one"]);
  },
});

Deno.test({
  name: "a volume that a container uses is not removed, nor pruned",
  ...native,
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    await launch(box, ["--name", name, "-v", "kept:/a", ROOTFS, "true"]);
    succeeded(await box.rkl("container", "wait", name));
    failed(
      await box.rkl("volume", "rm", "-f", "kept"),
      125,
      `cannot remove volume "kept": container ${name} uses it; remove that first`,
    );
    succeeded(await box.rkl("volume", "prune", "-af"));
    assert.deepEqual(await volumes(box, "--filter", "dangling=false"), [
      "kept",
    ]);
    succeeded(await box.rkl("container", "rm", name));
    assert.deepEqual(await volumes(box, "--filter", "dangling=true"), ["kept"]);
  },
});

Deno.test({
  name:
    "volumes keep what is in them; those that nobody named go with --rm, rm -v",
  ...native,
  async fn() {
    await using box = sandbox();
    await shell(
      box,
      ["-v", "kept:/a", "-v", "/own"],
      "echo 1 >/a/f; echo 2 >/own/f",
    );
    assert.deepEqual(await volumes(box), ["kept"]);
    assert.equal(await shell(box, ["-v", "kept:/b:ro"], "cat /b/f"), "1\n");
    const name = nameIn(box);
    const words = ["--name", name, "-v", "kept:/a", "-v", "/own", ROOTFS];
    await launch(box, [...words, "true"]);
    succeeded(await box.rkl("container", "wait", name));
    assert.equal((await volumes(box)).length, 2);
    succeeded(await box.rkl("container", "rm", "-v", name));
    assert.deepEqual(await volumes(box), ["kept"]);
    // Nor does one that could not be made leave any.
    failed(
      await box.rkl(...run("-v", "/own", ROOTFS, "/none")),
      127,
      /\/none/,
    );
    assert.deepEqual(await volumes(box), ["kept"]);
  },
});

Deno.test({
  name: "volumes that are removed while containers come are never missed",
  ...native,
  async fn() {
    await using box = sandbox();
    let stop = false;
    const removing = (async () => {
      while (!stop) await box.rkl("volume", "prune", "-af");
    })();
    const outcomes: string[] = [];
    for (let i = 0; i < 10; i++) {
      const words = [
        "-v",
        "files:/a",
        ROOTFS,
        "sh",
        "-c",
        "echo x >/a/f; cat /a/f",
      ];
      const { code, stdout, stderr } = await box.rkl(...run(...words));
      outcomes.push(code === 0 ? stdout : stderr);
    }
    stop = true;
    await removing;
    // Planned before the volume went: then it says so, and nothing was run.
    const allowed =
      /^(x\n|rkl: volume "files" was removed or made anew mean.*\n)$/;
    for (const outcome of outcomes) assert.match(outcome, allowed);
    assert.ok(outcomes.includes("x\n"));
  },
});

Deno.test({
  name: "options of the local driver are mounted in the container alone",
  ...native,
  async fn() {
    await using box = sandbox();
    const shared = `${box.directory}/shared`;
    Deno.mkdirSync(shared);
    const create = (...words: string[]) =>
      box.rkl("volume", "create", ...words);
    const bind = ["-o", "type=none", "-o", "o=bind", "-o", `device=${shared}`];
    succeeded(await create(...bind, "here"));
    const tmpfs = ["-o", "type=tmpfs", "-o", "device=tmpfs"];
    succeeded(await create(...tmpfs, "-o", "o=size=4096,nodev", "memory"));
    const flags = ["-v", "here:/a", "-v", "memory:/b:ro"];
    const mounts = await shell(
      box,
      flags,
      "echo 1 > /a/f; grep ' /b ' /proc/mounts",
    );
    assert.match(mounts, /^tmpfs \/b tmpfs ro,nodev,relatime,size=4k/);
    assert.equal(Deno.readTextFileSync(`${shared}/f`), "1\n");
    const own = Deno.readTextFileSync("/proc/self/mountinfo");
    assert.ok(!own.includes(box.directory));
    failed(await create("-o", "o=size=1m", "xx"), 125, /"device" is missing/);
    failed(await create("-o", "size=1m", "xx"), 125, /needs project quotas/);
    failed(await create(...tmpfs, "here"), 125, /exists with other options/);
    failed(
      await box.rkl(
        ...run("--mount", "src=memory,dst=/a,volume-subpath=x", ROOTFS, "true"),
      ),
      125,
      /is mounted for each container, and has no subPath/,
    );
    const made = "dst=/a,src=new,volume-opt=type=tmpfs,volume-opt=device=tmpfs";
    assert.match(
      await shell(
        box,
        ["--mount", `${made},volume-label=k=v`],
        "grep ' /a ' /proc/mounts",
      ),
      /^tmpfs \/a tmpfs rw/,
    );
    assert.deepEqual(await volumes(box, "--filter", "label=k=v"), ["new"]);
  },
});
