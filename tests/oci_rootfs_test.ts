/**
 * The root filesystem: read-only, devices, links, masked and read-only paths.
 *
 * @module
 */
import assert from "node:assert/strict";
import { needs } from "./facts.ts";
import { ask, makeRootfs, once, runIn } from "./oci.ts";
import { exists, sandbox } from "./rkl.ts";

const STAT = "stat -c '%n %F %a %t:%T %u:%g'";

/** One container with devices of its own. */
const devices = once(() =>
  ask({
    defaults: `cd /dev; ${STAT} null zero full random urandom tty`,
    links: "cd /dev; for l in fd stdin stdout stderr ptmx; do " +
      "echo $l $(readlink $l); done",
    own: `cd /dev; ${STAT} own/deep block fifo null`,
    work: "echo lost > /dev/null; head -c 4 /dev/zero | od -An -tx1; " +
      "echo x > /dev/full; echo out > /dev/stdout",
    listing: "ls /dev",
  }, (config) => {
    config.linux.devices = [
      {
        path: "/dev/own/deep",
        type: "c",
        major: 1,
        minor: 3,
        fileMode: 0o620,
        uid: 5,
        gid: 6,
      },
      { path: "/dev/block", type: "b", major: 259, minor: 70_000 },
      { path: "/dev/fifo", type: "p", fileMode: 0o600 },
    ];
    config.linux.resources.devices = [{ allow: true, access: "rwm" }];
  })
);

Deno.test({
  name: "the devices of the specification are there",
  ...needs("root"),
  async fn() {
    assert.deepEqual((await devices()).defaults.split("\n"), [
      "null character special file 666 1:3 0:0",
      "zero character special file 666 1:5 0:0",
      "full character special file 666 1:7 0:0",
      "random character special file 666 1:8 0:0",
      "urandom character special file 666 1:9 0:0",
      "tty character special file 666 5:0 0:0",
    ]);
  },
});

Deno.test({
  name: "the links of the specification are there",
  ...needs("root"),
  async fn() {
    assert.deepEqual((await devices()).links.split("\n"), [
      "fd /proc/self/fd",
      "stdin /proc/self/fd/0",
      "stdout /proc/self/fd/1",
      "stderr /proc/self/fd/2",
      "ptmx pts/ptmx",
    ]);
  },
});

Deno.test({
  name: "devices of the config have their number, mode and owner",
  ...needs("root"),
  async fn() {
    assert.deepEqual((await devices()).own.split("\n").slice(0, 3), [
      "own/deep character special file 620 1:3 5:6",
      "block block special file 666 103:11170 0:0",
      "fifo fifo 600 0:0 0:0",
    ]);
  },
});

Deno.test({
  name: "devices work",
  ...needs("root"),
  async fn() {
    assert.equal(
      (await devices()).work,
      " 00 00 00 00\nsh: write error: No space left on device\nout",
    );
  },
});

Deno.test({
  name: "there is no /dev/console without a terminal",
  ...needs("root"),
  async fn() {
    assert(!(await devices()).listing.split("\n").includes("console"));
  },
});

/** Writes where a default container must not be written to. */
const attempts = once(() =>
  ask({
    root: "echo x > /file; mkdir /etc/new; rm /bin/busybox",
    sys: "echo x > /sys/kernel/profiling; echo 1 > /proc/sys/vm/drop_caches",
    masked: "cat /proc/interrupts | wc -c; ls /sys/firmware | wc -l; " +
      "cat /proc/timer_list | wc -c",
    fill: "mkdir /sys/firmware/x",
    own: "cat /etc/group | wc -c; ls /etc/made",
  }, (config) => {
    config.linux.maskedPaths.push("/etc/group", "/nowhere/at/all", "/etc/made");
    config.linux.readonlyPaths.push("/nowhere/either");
  })
);

Deno.test({
  name: "a read-only root cannot be written to",
  ...needs("root"),
  async fn() {
    const lines = (await attempts()).root.split("\n");
    assert.equal(lines.length, 3);
    for (const line of lines) assert.match(line, /Read-only file system/);
  },
});

Deno.test({
  name: "read-only paths cannot be written to",
  ...needs("root"),
  async fn() {
    const { sys } = await attempts();
    for (const line of sys.split("\n")) {
      assert.match(line, /Read-only file system/);
    }
  },
});

Deno.test({
  name: "masked files and directories are empty, and stay so",
  ...needs("root"),
  async fn() {
    const { masked, fill } = await attempts();
    assert.deepEqual(masked.split("\n").map((line) => line.trim()), [
      "0",
      "0",
      "0",
    ]);
    assert.match(fill, /Read-only file system|No space left/);
  },
});

Deno.test({
  name: "masked paths that are not there are passed over",
  ...needs("root"),
  async fn() {
    assert.match((await attempts()).own, /^0\nls: \/etc\/made: No such file/);
  },
});

Deno.test({
  name: "a writable root is written to, for all to see",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const rootfs = await makeRootfs(`${box.directory}/rootfs`);
    const { stderr } = await runIn(box, (config) => {
      config.root = { path: rootfs };
      config.process.args = ["sh", "-c", "echo hello > /etc/greeting"];
    });
    assert.equal(stderr, "");
    assert.equal(Deno.readTextFileSync(`${rootfs}/etc/greeting`), "hello\n");
    // What rkl needed while it mounted is not left in the image.
    assert.deepEqual([...Deno.readDirSync(`${rootfs}/dev`)], []);
  },
});

Deno.test({
  name: "a relative root is one of the bundle",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    await makeRootfs(`${box.directory}/bundle/root`);
    const { stdout, stderr } = await runIn(box, (config) => {
      config.root.path = "root";
      config.process.args = ["ls", "/"];
    });
    assert.equal(stderr, "");
    assert.equal(stdout, "bin\ndev\netc\nproc\nsys\ntmp\n");
  },
});

Deno.test({
  name: "a root that is missing, or no directory, is told",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    await Deno.writeTextFile(`${box.directory}/file`, "");
    const run = (path: string) =>
      runIn(box, (config) => void (config.root.path = path));
    const missing = await run("missing");
    assert.match(
      missing.stderr,
      /^rkl: root.path: the root filesystem \/.*\/bundle\/missing does not exist\n$/,
    );
    const file = await run(`${box.directory}/file`);
    assert.match(
      file.stderr,
      /^rkl: root.path: \/.*\/file is not a directory\n$/,
    );
    assert.deepEqual([missing.code, file.code], [125, 125]);
    assert(!exists(`${box.directory}/root/it`));
  },
});
