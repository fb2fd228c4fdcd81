/**
 * What a new volume gets of the image: all of it and once, whoever is killed.
 *
 * @module
 */
import assert from "node:assert/strict";
import { failed, imageWith, ROOTFS, run, succeeded } from "./container.ts";
import { needs } from "./facts.ts";
import {
  command,
  exists,
  killAfter,
  RKL,
  type Sandbox,
  sandbox,
  SILENT,
} from "./rkl.ts";

const native = needs("root", "native");

/** What a container printed that ended well. */
async function printed(box: Sandbox, words: string[]): Promise<string> {
  return succeeded(await box.rkl(...run(...words)));
}

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

Deno.test({
  name: "links of an image lead into the image when a volume is filled",
  ...native,
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
      const child = box.spawn(run(...words), SILENT);
      let over = false;
      const end = child.status.then(() => over = true);
      while (!over && !exists(filling)) {
        await new Promise((done) => setTimeout(done, 1));
      }
      await killAfter(10 * i, child);
      await end;
      if (exists(filling)) killed++;
      assert.equal(await printed(box, words), "1500\n");
      assert.ok(!exists(filling));
    }
    assert.ok(killed > 0, "it was never killed in time");
  },
});

Deno.test({
  name: "what was killed while a copy moved in is finished, whoever comes next",
  ...native,
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
