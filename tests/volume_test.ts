/**
 * `rkl volume`, and the volumes of containers.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  failed,
  imageWith,
  launch,
  nameIn,
  ROOTFS,
  succeeded,
} from "./container.ts";
import { needs } from "./facts.ts";
import { command, exists, RKL, type Sandbox, sandbox } from "./rkl.ts";

const root = needs("root", "native");
const native = needs("root", "native");

const run = (...words: string[]) => ["container", "run", "--rm", ...words];

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
  ...root,
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
  ...root,
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
  ...root,
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
  ...root,
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
  name: "an empty volume gets what the image has there, once",
  ...native,
  async fn() {
    await using box = sandbox();
    const image = await imageWith(
      box,
      "mkdir -p srv/deep; echo 1 > srv/f; chown 5:6 srv srv/f; chmod 2750 srv\n" +
        "ln srv/f srv/deep/g; ln -s ../../etc srv/deep/l; mkfifo srv/p\n" +
        "truncate -s 1G srv/holes; touch -d 2001-02-03T00:00:00Z srv/f srv",
    );
    const list =
      "cd /srv; find . | sort | xargs stat -c '%n %F %a %u %g %h %Y %s'";
    const say = (...flags: string[]) =>
      printed(box, [...flags, image, "sh", "-c", list]);
    const own = await say();
    const copied = await say("-v", "files:/srv");
    const withoutLinksOf = (text: string) => text.replace(/^\. .*\n/, "");
    assert.equal(withoutLinksOf(copied), withoutLinksOf(own));
    assert.match(copied, /^\. directory 2750 5 6 \d+ 981158400 /);
    const { blocks } = Deno.statSync(
      `${box.directory}/data/volumes/files/_data/holes`,
    );
    assert.ok(blocks! < 100, "holes stay holes");
    // Once only, and not where it is not wanted.
    await printed(box, ["-v", "files:/srv", image, "rm", "-r", "/srv/deep"]);
    assert.ok(!(await say("-v", "files:/srv")).includes("deep"));
    const empty = await say("-v", "none:/srv:nocopy");
    assert.equal(empty.trim().split("\n").length, 1, empty);
  },
});

/** What a container printed that ended well. */
async function printed(box: Sandbox, words: string[]): Promise<string> {
  return succeeded(await box.rkl(...run(...words)));
}

Deno.test({
  name: "links of an image lead into the image when a volume is filled",
  ...root,
  async fn() {
    await using box = sandbox();
    const secret = `${box.directory}/secret`;
    Deno.mkdirSync(secret);
    Deno.writeTextFileSync(`${secret}/key`, "");
    const image = await imageWith(
      box,
      `ln -s ${secret} direct; ln -s ../../../../../../../../..${secret} up\n` +
        "mkdir etc2; echo own > etc2/f; ln -s /etc2 inside",
    );
    const list = async (path: string, volume: string) =>
      await printed(box, ["-v", `${volume}:${path}`, image, "ls", path]);
    assert.equal(await list("/inside", "aa"), "f\n");
    // In the image these lead to nothing, and nothing is made there.
    for (const [path, volume] of [["/direct", "bb"], ["/up", "cc"]] as const) {
      const words = run("-v", `${volume}:${path}`, image, "ls", path);
      failed(await box.rkl(...words), 125, /file exists/);
      const data = `${box.directory}/data/volumes/${volume}/_data`;
      assert.deepEqual([...Deno.readDirSync(data)], []);
    }
  },
});

Deno.test({
  name: "runs at once with one new volume fill it once",
  ...native,
  async fn() {
    await using box = sandbox();
    const image = await imageWith(
      box,
      "mkdir srv; for i in $(seq 500); do echo $i > srv/$i; done",
    );
    const words = ["-v", "files:/srv", image, "sh", "-c"];
    const script = "ls /srv | wc -l; touch /srv/own-$HOSTNAME";
    const counts = await Promise.all(
      Array.from({ length: 6 }, () => printed(box, [...words, script])),
    );
    // Whoever comes later may see what the first have added.
    assert.ok(counts.every((count) => Number(count) >= 500), counts.join());
    const data = `${box.directory}/data/volumes/files`;
    assert.deepEqual(
      [...Deno.readDirSync(data)].map(({ name }) => name).sort(),
      ["_data", "lock", "volume.json"],
    );
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
  name: "what was killed while it filled a volume is done anew",
  ...native,
  async fn() {
    await using box = sandbox();
    const image = await imageWith(
      box,
      "mkdir srv; for i in $(seq 1500); do echo $i > srv/$i; done",
    );
    const words = ["-v", "files:/srv", image, "sh", "-c", "ls /srv | wc -l"];
    const filling = `${box.directory}/data/volumes/files/_new`;
    let killed = 0;
    for (let i = 0; i < 5 && killed < 1; i++) {
      await box.rkl("volume", "rm", "-f", "files");
      const child = box.spawn(run(...words), {
        stdin: "null",
        stdout: "null",
        stderr: "null",
      });
      while (!exists(filling)) await new Promise((done) => setTimeout(done, 1));
      await new Promise((done) => setTimeout(done, 10 * i));
      child.kill("SIGKILL");
      await child.status;
      if (exists(filling)) killed++;
      assert.equal(await printed(box, words), "1500\n");
      assert.ok(!exists(filling));
    }
    assert.ok(killed > 0, "it was never killed in time");
  },
});

Deno.test({
  name: "what was killed while a copy moved in is finished, whoever comes next",
  ...root,
  async fn() {
    await using box = sandbox();
    succeeded(await box.rkl("volume", "create", "files"));
    const volume = `${box.directory}/data/volumes/files`;
    Deno.mkdirSync(`${volume}/_full`, { mode: 0o700 });
    Deno.writeTextFileSync(`${volume}/_full/late`, "");
    Deno.writeTextFileSync(`${volume}/_data/early`, "");
    const words = ["-v", "files:/a:nocopy", ROOTFS, "ls", "/a"];
    assert.equal(await printed(box, words), "early\nlate\n");
    assert.ok(!exists(`${volume}/_full`));
  },
});

Deno.test({
  name: "a disk that is full is an error, and leaves nothing",
  ...native,
  async fn() {
    await using box = sandbox();
    const image = await imageWith(
      box,
      "mkdir srv; head -c 3000000 /dev/urandom > srv/big; echo 1 > srv/a",
    );
    const data = `${box.directory}/small`;
    Deno.mkdirSync(data);
    succeeded(
      await command("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", data]),
    );
    try {
      const roots = ["--root", `${box.directory}/root`, "--data-root", data];
      const words = [
        "container",
        "run",
        "--rm",
        "-v",
        "files:/srv",
        image,
        "true",
      ];
      const rkl = (...words: string[]) => command(RKL, [...roots, ...words]);
      failed(
        await rkl(...words),
        125,
        /cannot copy "big": cannot write .*no space left on device/,
      );
      const left = [...Deno.readDirSync(`${data}/volumes/files`)];
      assert.deepEqual(
        left.map(({ name }) => name).sort(),
        ["_data", "lock", "volume.json"],
      );
      assert.deepEqual(
        [...Deno.readDirSync(`${data}/volumes/files/_data`)],
        [],
      );
      succeeded(await rkl("volume", "rm", "files"));
    } finally {
      succeeded(await command("umount", [data]));
    }
  },
});

Deno.test({
  name: "options of the local driver are mounted in the container alone",
  ...root,
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
