/**
 * `mounts` of config.json, as /proc/self/mountinfo shows them inside.
 *
 * @module
 */
import assert from "node:assert/strict";
import { needs } from "./facts.ts";
import {
  ask,
  assertNothingLeft,
  type Edit,
  type MountLine,
  once,
  parseMounts,
  runIn,
  runOnce,
  without,
} from "./oci.ts";
import { command, makeBundle, RKL, sandbox } from "./rkl.ts";

const MOUNTINFO = "cat /proc/self/mountinfo";

/** An entry of `mounts`; what is made for it is made in /tmp. */
const mount = (destination: string, type: string, ...options: string[]) => ({
  destination,
  type,
  source: type,
  options,
});
const bind = (source: string, destination: string, ...options: string[]) => ({
  destination,
  source,
  options: ["rbind", ...options],
});

/** Options of a mount, without those of access time that are the default. */
const options = ({ options }: MountLine) =>
  options.filter((option) => option !== "relatime").sort().join(",");

/** New filesystems of all kinds, with options. */
const filesystems = once(async () => {
  const { mounts } = await ask({ mounts: MOUNTINFO }, (config) => {
    config.mounts.push(
      mount("/tmp", "tmpfs"),
      mount("/tmp/small", "tmpfs", "size=128k", "mode=700", "nosuid", "nodev"),
      mount("/tmp/times", "tmpfs", "noatime", "nodiratime", "noexec"),
      mount("/tmp/strict", "tmpfs", "strictatime", "nosymfollow", "sync"),
      mount("/tmp/last", "tmpfs", "ro", "noexec", "rw", "exec"),
      mount("/tmp/shared", "tmpfs", "shared"),
      mount("/tmp/unbindable", "tmpfs", "unbindable"),
      mount("/tmp/ro", "tmpfs", "ro"),
      mount("/tmp/ro/inner", "tmpfs"),
      mount("/tmp/recursive", "tmpfs", "rro", "rnosuid"),
      mount("/tmp/proc", "proc", "hidepid=2", "nosuid"),
    );
  });
  return parseMounts(mounts);
});

Deno.test({
  name: "the default mounts are there, with their options",
  ...needs("root"),
  async fn() {
    const mounts = await filesystems();
    const seen = Object.fromEntries(
      ["/", "/proc", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue", "/sys"]
        .map((point) => [
          point,
          `${mounts.get(point)!.type} ${options(mounts.get(point)!)}`,
        ]),
    );
    const { "/": root, ...others } = seen;
    assert.match(root!, / ro$/);
    assert.deepEqual(others, {
      "/proc": "proc rw",
      "/dev": "tmpfs nosuid,rw",
      "/dev/pts": "devpts noexec,nosuid,rw",
      "/dev/shm": "tmpfs nodev,noexec,nosuid,rw",
      "/dev/mqueue": "mqueue nodev,noexec,nosuid,rw",
      "/sys": "sysfs nodev,noexec,nosuid,ro",
    });
    const pts = mounts.get("/dev/pts")!.superOptions;
    for (const option of ["gid=5", "mode=620", "ptmxmode=666"]) {
      assert(pts.includes(option), option);
    }
  },
});

Deno.test({
  name: "options become flags of the mount, others go to the filesystem",
  ...needs("root"),
  async fn() {
    const mounts = await filesystems();
    const get = (name: string) => mounts.get(`/tmp/${name}`)!;
    assert.equal(options(get("small")), "nodev,nosuid,rw");
    const { superOptions } = get("small");
    assert(superOptions.includes("size=128k"), String(superOptions));
    assert(superOptions.includes("mode=700"), String(superOptions));
    assert.equal(options(get("times")), "noatime,nodiratime,noexec,rw");
    assert.equal(options(get("strict")), "nosymfollow,rw");
    assert(!get("strict").options.includes("relatime"), "strictatime");
    assert(get("strict").superOptions.includes("sync"), "sync");
    assert.equal(options(get("proc")), "nosuid,rw");
    assert.match(String(get("proc").superOptions), /hidepid=(2|invisible)/);
  },
});

Deno.test({
  name: "of two opposite options the last one wins",
  ...needs("root"),
  async fn() {
    assert.equal(options((await filesystems()).get("/tmp/last")!), "rw");
  },
});

Deno.test({
  name: "propagation is what was asked for, private otherwise",
  ...needs("root"),
  async fn() {
    const mounts = await filesystems();
    const get = (name: string) => mounts.get(name)!.propagation.join();
    assert.match(get("/tmp/shared"), /^shared:\d+$/);
    assert.equal(get("/tmp/unbindable"), "unbindable");
    assert.equal(get("/tmp/small"), "");
    assert.equal(get("/dev"), "");
  },
});

Deno.test({
  name: "a read-only tmpfs can hold mount points of others",
  ...needs("root"),
  async fn() {
    const mounts = await filesystems();
    assert.equal(options(mounts.get("/tmp/ro")!), "ro");
    assert.equal(options(mounts.get("/tmp/ro/inner")!), "rw");
  },
});

Deno.test({
  name: "recursive attributes are set on a new filesystem too",
  ...needs("root"),
  async fn() {
    const mounts = await filesystems();
    assert.equal(options(mounts.get("/tmp/recursive")!), "nosuid,ro");
  },
});

/** A directory of the host with a mount inside, bound in several ways. */
const binds = once(async () => {
  await using box = sandbox();
  const source = `${box.directory}/source`;
  await Deno.mkdir(`${source}/inner`, { recursive: true });
  await Deno.writeTextFile(`${source}/file`, "outer");
  const bundle = await makeBundle(`${box.directory}/bundle`, (config) => {
    const to = (name: string, ...options: string[]) =>
      bind(source, `/tmp/${name}`, ...options);
    config.process.args = [
      "sh",
      "-c",
      `${MOUNTINFO}; cat /tmp/file /tmp/new/dir/file /tmp/one/inner/file`,
    ];
    config.mounts.push(
      mount("/tmp", "tmpfs"),
      to("all"),
      { ...to("one"), options: ["bind"] },
      to("ro", "ro", "nosuid"),
      to("rro", "rro"),
      to("shared", "shared"),
      to("rslave", "rslave"),
      to("private", "private"),
      to("new/dir"),
      bind(`${source}/file`, "/tmp/file", "ro"),
      bind("relative", "/tmp/relative"),
    );
  });
  await Deno.mkdir(`${bundle}/relative`);
  // A mount namespace for the mount inside, shared as a host's would be.
  const script = `mount --make-rshared / && mount -t tmpfs inner "$0/inner" &&
    echo -n inner > "$0/inner/file" && "$@"`;
  const { stdout, stderr } = await command("unshare", [
    ...["--mount", "sh", "-c", script, source],
    ...[RKL, ...box.roots, "run", "--bundle", bundle, "it"],
  ]);
  assert.match(stderr, /^cat: .*\/tmp\/one\/inner\/file.*: No such file.*\n$/);
  const lines = stdout.split("\n");
  return {
    mounts: parseMounts(lines.filter((l) => l.includes(" - ")).join("\n")),
    files: lines.at(-1),
  };
});

Deno.test({
  name: "rbind shows the mounts below, bind does not",
  ...needs("root", "tool:unshare"),
  async fn() {
    const { mounts } = await binds();
    assert(mounts.has("/tmp/all/inner"));
    assert(mounts.has("/tmp/one"));
    assert(!mounts.has("/tmp/one/inner"));
  },
});

Deno.test({
  name: "ro makes one mount read-only, rro all below it too",
  ...needs("root", "tool:unshare"),
  async fn() {
    const { mounts } = await binds();
    const get = (name: string) => options(mounts.get(`/tmp/${name}`)!);
    assert.match(get("ro"), /^(.*,)?nosuid.*,ro$/);
    assert.match(get("ro/inner"), /(^|,)rw$/);
    assert.match(get("rro"), /(^|,)ro$/);
    assert.match(get("rro/inner"), /(^|,)ro$/);
    assert.match(get("all"), /(^|,)rw$/);
  },
});

Deno.test({
  name: "a bind mount is shared, a slave or private as it says",
  ...needs("root", "tool:unshare"),
  async fn() {
    const { mounts } = await binds();
    const get = (name: string) =>
      mounts.get(`/tmp/${name}`)!.propagation.join();
    assert.match(get("shared"), /shared:\d+/);
    assert.match(get("rslave"), /^master:\d+$/);
    assert.match(get("rslave/inner"), /^master:\d+$/);
    assert.equal(get("private"), "");
    assert.equal(get("all"), "");
    assert.equal(get("all/inner"), "");
  },
});

Deno.test({
  name: "a target that is missing is made: a directory, or an empty file",
  ...needs("root", "tool:unshare"),
  async fn() {
    const { mounts, files } = await binds();
    assert(mounts.has("/tmp/new/dir"));
    assert(mounts.has("/tmp/file"));
    assert.equal(files, "outerouter");
  },
});

Deno.test({
  name: "a relative source is one of the bundle",
  ...needs("root", "tool:unshare"),
  async fn() {
    const { mounts } = await binds();
    assert.match(mounts.get("/tmp/relative")!.root, /\/bundle\/relative$/);
  },
});

Deno.test({
  name: "the container's own cgroup is mounted, and is all it sees",
  ...needs("root"),
  async fn() {
    const { mounts, pids } = await ask({
      mounts: MOUNTINFO,
      pids: "cd /sys/fs/cgroup; for d in . pids; do " +
        "[ ! -f $d/pids.max ] || cat $d/cgroup.procs; done",
    });
    const cgroup = [...parseMounts(mounts)]
      .filter(([point]) => point.startsWith("/sys/fs/cgroup"));
    for (const [point, line] of cgroup) {
      assert.match(line.type, /^(cgroup2?|tmpfs)$/);
      assert.equal(line.root, "/", point);
      assert(line.options.includes("ro"), point);
    }
    assert(cgroup.some(([, { type }]) => type === "cgroup2"));
    assert.match(pids, /^1\n/);
  },
});

Deno.test({
  name: "without a cgroup namespace its cgroup is bound from the host's",
  ...needs("root"),
  async fn() {
    const { mounts } = await ask({ mounts: MOUNTINFO }, (config) => {
      config.linux.namespaces = without(config.linux.namespaces, "cgroup");
    });
    const cgroup = [...parseMounts(mounts)].filter(([point, { type }]) =>
      point.startsWith("/sys/fs/cgroup") && type !== "tmpfs"
    );
    assert(cgroup.length > 0);
    for (const [point, { root, options }] of cgroup) {
      assert.match(root, /^\/rkl\/.*it$/, point);
      assert(options.includes("ro"), point);
    }
  },
});

/** What a config with one more mount is refused with. */
async function refusal(edit: Edit): Promise<string> {
  await using box = sandbox();
  const { code, stderr } = await runIn(box, edit);
  assert.equal(code, 125);
  assertNothingLeft(box);
  return stderr;
}

Deno.test({
  name: "a source that is missing is named",
  ...needs("root"),
  async fn() {
    assert.equal(
      await refusal((config) => {
        config.mounts.push(bind("/no/such/place", "/tmp"));
      }),
      "rkl: the mount at /tmp: source /no/such/place does not exist\n",
    );
  },
});

Deno.test({
  name: "a filesystem that the kernel does not know is named",
  ...needs("root"),
  async fn() {
    const stderr = await refusal((config) => {
      config.mounts.push(mount("/tmp", "nosuchfs"));
    });
    assert.match(stderr, /^rkl: cannot mount nosuchfs .*\/tmp.*: ENODEV .*\n$/);
  },
});

Deno.test({
  name: "an option that a filesystem does not know is a clear failure",
  ...needs("root"),
  async fn() {
    const stderr = await refusal((config) => {
      config.mounts.push(mount("/tmp", "tmpfs", "sise=1k"));
    });
    assert.match(stderr, /^rkl: cannot mount tmpfs .*\/tmp.*: EINVAL .*\n$/);
  },
});

Deno.test({
  name: "a bind mount takes no options of a filesystem",
  ...needs("root"),
  async fn() {
    assert.equal(
      await refusal((config) => {
        config.mounts.push(bind("/etc", "/tmp", "size=1k"));
      }),
      'rkl: the mount at /tmp: options "size=1k" mean nothing for a bind mount\n',
    );
  },
});

Deno.test({
  name: "a file is not bound onto a directory",
  ...needs("root"),
  async fn() {
    const stderr = await refusal((config) => {
      config.mounts.push(bind("/etc/passwd", "/tmp"));
    });
    assert.match(
      stderr,
      /^rkl: cannot bind \/etc\/passwd at \/tmp: .*; .*a file onto a file\n$/,
    );
  },
});

Deno.test({
  name: "what a container mounts is not seen by the host",
  ...needs("root"),
  async fn() {
    const before = await Deno.readTextFile("/proc/self/mountinfo");
    const { stdout } = await runOnce((config) => {
      config.linux.rootfsPropagation = "shared";
      config.mounts.push(mount("/tmp", "tmpfs", "shared"));
      config.process.capabilities.permitted = ["CAP_SYS_ADMIN"];
      config.process.capabilities.effective = ["CAP_SYS_ADMIN"];
      config.process.capabilities.bounding = ["CAP_SYS_ADMIN"];
      config.process.args = [
        "sh",
        "-c",
        "mount -t tmpfs inner /tmp && mount -t tmpfs again /home && echo done",
      ];
    });
    assert.equal(stdout, "done\n");
    assert.equal(await Deno.readTextFile("/proc/self/mountinfo"), before);
  },
});
