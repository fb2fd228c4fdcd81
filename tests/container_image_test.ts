/**
 * Images: what a container may write, and that nobody else's files change.
 *
 * @module
 */
import assert from "node:assert/strict";
import { IMAGE, launch, nameIn, ROOTFS, succeeded } from "./container.ts";
import { needs } from "./facts.ts";
import { type Edit, makeRootfs } from "./oci.ts";
import { makeBundle, type Sandbox, sandbox } from "./rkl.ts";

const root = needs("root");

/** Every path below a directory, with its kind, size, owner and times. */
function listing(directory: string): string[] {
  return Array.from(Deno.readDirSync(directory)).flatMap((entry) => {
    const path = `${directory}/${entry.name}`;
    const info = Deno.lstatSync(path);
    const { mode, uid, gid, size, mtime, ctime } = info;
    const times = [mtime, ctime].map((time) => time!.getTime());
    const line = [path, mode, uid, gid, size, ...times].join(" ");
    return [line, ...(info.isDirectory ? listing(path) : [])];
  }).sort();
}

/** A bundle whose files no other test uses at the same time. */
async function ownBundle(box: Sandbox, edit: Edit): Promise<string> {
  const bundle = `${box.directory}/bundle`;
  await makeRootfs(`${bundle}/rootfs`);
  return await makeBundle(bundle, (config) => {
    config.root.path = "rootfs";
    edit(config);
  });
}

Deno.test({
  name: "a bundle directory is never written into",
  ...root,
  async fn() {
    await using box = sandbox();
    const bundle = await ownBundle(box, (config) => {
      config.root.readonly = false;
      config.process.args = ["sh", "-c", "rm /bin/true; echo x > /new; ls /"];
    });
    const before = listing(bundle);

    const mounts = ["-v", "/etc:/made/up", "--tmpfs", "/tmp"];
    const words = ["--rm", "-t", ...mounts, bundle];
    const shown = await box.rkl("container", "run", ...words);
    assert.match(shown.stdout, /\bmade\b.*\bnew\b/s);
    const name = nameIn(box);
    await launch(box, ["--name", name, bundle, "busybox", "sleep", "1000"]);
    const exec = ["exec", name, "sh", "-c", "echo y > /etc/later"];
    succeeded(await box.rkl("container", ...exec));
    succeeded(await box.rkl("container", "delete", "--force", name));
    assert.deepEqual(listing(bundle), before);
  },
});

Deno.test({
  name: "two containers share an image, each with a writable layer of its own",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    const names = ["1", "2"].map((suffix) => nameIn(box, suffix));
    const sleeper = [IMAGE, "sleep", "1000"];
    for (const name of names) await launch(box, ["--name", name, ...sleeper]);
    const shell = (name: string, script: string) =>
      box.rkl("container", "exec", name, "sh", "-c", script);
    for (const name of names) {
      succeeded(await shell(name, `echo ${name} > /mine; rm /etc/profile`));
    }
    const seen = await Promise.all(
      names.map((name) => shell(name, "cat /mine; ls /etc/profile 2>&1")),
    );
    assert.deepEqual(
      seen.map(({ stdout }) => stdout.split("\n")[0]),
      names,
    );
    for (const { stdout } of seen) assert.match(stdout, /No such file/);
    assert.ok(!listing(ROOTFS).some((line) => line.includes("/mine ")));
    assert.ok(Deno.statSync(`${ROOTFS}/etc/profile`).isFile);
  },
});

Deno.test({
  name: "--rw writes into the image itself, a bundle's read-only one too",
  ...root,
  async fn() {
    await using box = sandbox();
    const bundle = await ownBundle(box, (config) => {
      config.root.readonly = true;
    });
    const run = (script: string, ...flags: string[]) => {
      const words = ["--rm", ...flags, bundle, "sh", "-c", script];
      return box.rkl("container", "run", ...words);
    };
    succeeded(await run("echo kept > /tmp/file", "--rw"));
    const path = `${bundle}/rootfs/tmp/file`;
    assert.equal(await Deno.readTextFile(path), "kept\n");
    const refused = await run("echo no > /tmp/file", "--rw", "--read-only");
    assert.match(refused.stderr, /Read-only file system/);
  },
});

Deno.test({
  name: "the root of a container has the mode and the owner of its image",
  ...root,
  async fn() {
    await using box = sandbox();
    const rootfs = await makeRootfs(`${box.directory}/rootfs`);
    await Deno.chmod(rootfs, 0o1751);
    await Deno.chown(rootfs, 12, 34);
    const words = ["--rm", rootfs, "stat", "-c", "%a %u %g", "/"];
    const result = await box.rkl("container", "run", ...words);
    assert.equal(succeeded(result), "1751 12 34\n");
  },
});
