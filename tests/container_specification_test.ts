/**
 * Specification files, and flags that say the same: what they ask for is what
 * the kernel did.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  cgroupFile,
  cgroupsOf,
  type Details,
  IMAGE,
  nameIn,
  proc,
  ROOTFS,
  start,
  statusOf,
  succeeded,
} from "./container.ts";
import { has, needs } from "./facts.ts";
import { type Sandbox, sandbox } from "./rkl.ts";

const root = needs("root");
/** Tests of what is the same on every kernel. */
const native = needs("root", "native");
const limits = needs(
  "root",
  "cgroup-controllers:cpu",
  "cgroup-controllers:memory",
);

/** Writes a specification into the sandbox and returns its path. */
async function write(box: Sandbox, text: string): Promise<string> {
  const path = `${box.directory}/container.yaml`;
  await Deno.writeTextFile(path, text);
  return path;
}

/** The limits of a container, as its cgroup has them. */
function limitsOf(details: Details) {
  const v2 = has("cgroup-v2");
  const [quota, period] = v2
    ? cgroupFile(details, "cpu", ["", "cpu.max"]).split(" ")
    : ["cpu.cfs_quota_us", "cpu.cfs_period_us"].map((file) =>
      cgroupFile(details, "cpu", [file, ""])
    );
  return {
    quota,
    period,
    memory: cgroupFile(details, "memory", [
      "memory.limit_in_bytes",
      "memory.max",
    ]),
  };
}

Deno.test({
  name: "the specification with half a core and 233Mi gets just that",
  ...limits,
  async fn() {
    await using box = sandbox();
    await Deno.symlink(IMAGE, `${box.directory}/busybox`);
    const file = await write(
      box,
      `name: ${nameIn(box)}
image: ./busybox
args: [sleep, "100"]
resources: { limits: { cpu: 500m, memory: 233Mi } }
`,
    );
    const details = await start(box, [file]);
    assert.equal(details.name, nameIn(box));
    assert.equal(proc(details.pid, "cmdline"), "sleep\x00100\0");
    const members = cgroupsOf(box).map((path) =>
      Deno.readTextFileSync(`${path}/cgroup.procs`)
    );
    assert.ok(members.length > 0);
    assert.ok(members.every((pids) => pids === `${details.pid}\n`));
    assert.deepEqual(limitsOf(details), {
      quota: "50000",
      period: "100000",
      memory: "244318208",
    });
  },
});

Deno.test({
  name: "every field of a specification reaches the kernel",
  ...needs("root", "cgroup-controllers:pids"),
  async fn() {
    await using box = sandbox();
    await Deno.mkdir(`${box.directory}/shared`);
    await Deno.writeTextFile(`${box.directory}/shared/file`, "shared\n");
    const file = await write(
      box,
      `name: ${nameIn(box)}
image: ${ROOTFS}
command: [/bin/sh, -c]
args: ["cat >/tmp/input; exec sleep 1000"]
stdin: true
env:
  - { name: GREETING, value: "a = b" }
  - name: EMPTY
workingDir: /usr
hostname: pilot
labels: { tier: web }
annotations: { org.example/x: "1" }
stopSignal: INT
stopTimeout: 3
ulimits: { nofile: 50, core: { soft: 0, hard: 1 } }
sysctls: { net.ipv4.ip_forward: "1" }
groups: [44, 45]
umask: "027"
oomScoreAdj: 300
pidsLimit: 20
ports: [{ containerPort: 80 }]
mounts:
  - { source: shared, mountPath: /shared, readOnly: true }
  - { type: tmpfs, destination: /scratch, options: [size=1m] }
securityContext:
  runAsUser: 1000
  runAsGroup: 2000
  readOnlyRootFilesystem: true
  allowPrivilegeEscalation: false
  capabilities: { drop: [ALL], add: [NET_BIND_SERVICE] }
  procMount: Unmasked
`,
    );
    const { pid, config, labels, ...details } = await start(box, [file]);
    const credentials = {
      Uid: "1000\t1000\t1000\t1000",
      Gid: "2000\t2000\t2000\t2000",
      Groups: "44 45 ",
      Umask: "0027",
      NoNewPrivs: "1",
      CapBnd: "0000000000000400",
      CapEff: "0000000000000000",
    };
    const names = Object.keys(credentials);
    assert.deepEqual(
      Object.fromEntries(names.map((name) => [name, statusOf(pid, name)])),
      credentials,
    );
    const environ = proc(pid, "environ").split("\0");
    assert.ok(environ.includes("GREETING=a = b"));
    assert.ok(environ.includes("EMPTY="));
    assert.equal(Deno.readLinkSync(`/proc/${pid}/cwd`), "/usr");
    assert.equal(proc(pid, "oom_score_adj"), "300\n");
    const rlimits = proc(pid, "limits");
    assert.match(rlimits, /^Max open files +50 +50 /m);
    assert.match(rlimits, /^Max core file size +0 +1 /m);
    const pids = cgroupFile(details, "pids", ["pids.max", "pids.max"]);
    assert.equal(pids, "20");
    const mounts = proc(pid, "mountinfo").split("\n");
    const at = (path: string) =>
      mounts.find((line) => line.split(" ")[4] === path);
    assert.match(at("/")!, / ro,.* - overlay /);
    assert.match(at("/shared")!, / ro,/);
    assert.match(at("/scratch")!, / rw,.* - tmpfs tmpfs rw,size=1024k/);
    assert.ok(!mounts.some((line) => line.includes("/proc/kcore")));
    assert.equal(config.annotations["org.example/x"], "1");
    assert.deepEqual(labels, { tier: "web" });

    const script = "hostname; cat /shared/file /proc/sys/net/ipv4/ip_forward";
    const exec = ["exec", nameIn(box), "sh", "-c", script];
    assert.equal(
      succeeded(await box.rkl("container", ...exec)),
      "pilot\nshared\n1\n",
    );
  },
});

Deno.test({
  name: "flags and operands say what a specification file does",
  ...limits,
  async fn() {
    await using box = sandbox();
    const file = await write(
      box,
      `name: ${nameIn(box, "file")}
image: ${ROOTFS}
args: [sleep, "100"]
env: { A: "1" }
workingDir: /tmp
hostname: h
labels: { a: b }
umask: "077"
pidsLimit: 9
mounts: [{ type: tmpfs, destination: /scratch }]
securityContext: { capabilities: { add: [SYS_TIME], drop: [KILL] } }
resources: { limits: { cpu: 250m, memory: 64Mi } }
`,
    );
    const flags = "-e A=1 -w /tmp --hostname h -l a=b --umask 077 " +
      "--pids-limit 9 --tmpfs /scratch --cap-add SYS_TIME --cap-drop KILL " +
      `--cpus 0.25 --memory=64Mi --name ${nameIn(box, "flags")} ${ROOTFS}`;
    const [fromFile, fromFlags] = await Promise.all([
      start(box, [file]),
      start(box, [...flags.split(" "), "sleep", "100"]),
    ]);
    assert.deepEqual(fromFile.config, fromFlags.config);
    assert.deepEqual(fromFile.labels, fromFlags.labels);
    assert.deepEqual(limitsOf(fromFile), limitsOf(fromFlags));
    assert.equal(limitsOf(fromFlags).quota, "25000");
  },
});

Deno.test({
  name: "flags and operands change what a specification file says",
  ...native,
  async fn() {
    await using box = sandbox();
    const file = await write(
      box,
      `name: other\nimage: ${ROOTFS}\nargs: [echo, no]\nenv: { A: "1", B: "2" }\n`,
    );
    const words = ["--rm", "--name", nameIn(box), "-e", "A=3", file];
    const command = ["sh", "-c", "echo $A $B $(hostname)"];
    const result = await box.rkl("container", "run", ...words, ...command);
    assert.equal(succeeded(result), `3 2 ${nameIn(box)}\n`);
  },
});

Deno.test({
  name: "a bundle runs its own command, with what its config.json says",
  ...root,
  async fn() {
    await using box = sandbox();
    const bundle = `${box.directory}/bundle`;
    await Deno.mkdir(bundle);
    const text = await Deno.readTextFile(`${IMAGE}/config.json`);
    const config = JSON.parse(text);
    config.root = { path: ROOTFS, readonly: true };
    config.process.args = ["sh", "-c", "echo $FROM; pwd; touch /x; hostname"];
    config.process.env.push("FROM=bundle");
    config.process.cwd = "/var";
    config.hostname = "bundled";
    await Deno.writeTextFile(`${bundle}/config.json`, JSON.stringify(config));
    const name = ["--name", nameIn(box)];
    const result = await box.rkl("container", "run", "--rm", ...name, bundle);
    assert.deepEqual(result, {
      code: 0,
      stdout: "bundle\n/var\nbundled\n",
      stderr: "touch: /x: Read-only file system\n",
    });
  },
});

Deno.test({
  name:
    "a relative image is relative to the file; on the command line, to here",
  ...native,
  async fn() {
    await using box = sandbox();
    await Deno.mkdir(`${box.directory}/below`);
    await Deno.symlink(IMAGE, `${box.directory}/below/image`);
    await Deno.writeTextFile(
      `${box.directory}/below/c.yaml`,
      "image: image\nargs: [echo, file]\n",
    );
    const run = async (cwd: string, ...words: string[]) =>
      succeeded(await box.run(["container", "run", "--rm", ...words], { cwd }));
    assert.equal(await run(box.directory, "below/c.yaml"), "file\n");
    assert.equal(await run(`${box.directory}/below`, "c.yaml"), "file\n");
    const here = await run(box.directory, "./below/image", "echo", "here");
    assert.equal(here, "here\n");
  },
});

Deno.test({
  name: "--dry-run prints the whole plan and does nothing",
  ...native,
  async fn() {
    await using box = sandbox();
    const file = await write(
      box,
      `image: ${ROOTFS}\nargs: [sleep, "100"]\nhostname: h\n` +
        "resources: { limits: { memory: 64Mi } }\n",
    );
    const name = ["--name", nameIn(box)];
    const words = ["--dry-run", ...name, file];
    const [run, create] = await Promise.all([
      box.rkl("container", "run", ...words),
      box.rkl("container", "create", ...words),
    ]);
    const plan = succeeded(run);
    for (
      const step of [
        /sethostname\("h"/,
        /mount\("proc"/,
        /pivot_root\(/,
        /execve(at)?\(.*"sleep"/,
        /clone/,
        /memory.*67108864/,
        /lowerdir=.*\/rootfs/,
      ]
    ) assert.match(plan, step);
    assert.match(succeeded(create), /pivot_root\(/);
    assert.deepEqual(
      [...Deno.readDirSync(box.directory)].map(({ name }) => name),
      ["container.yaml"],
    );
    assert.deepEqual(cgroupsOf(box), []);
  },
});

Deno.test({
  name:
    "a specification may be JSON, and come with the short name of the group",
  ...native,
  async fn() {
    await using box = sandbox();
    const path = `${box.directory}/c.json`;
    const fields = { image: ROOTFS, args: ["echo", "from JSON"] };
    await Deno.writeTextFile(path, JSON.stringify(fields));
    const { stdout } = await box.rkl("c", "run", "--rm", path);
    assert.equal(stdout, "from JSON\n");
    assert.equal((await inspectAll(box)).length, 0);
  },
});

async function inspectAll(box: Sandbox): Promise<string[]> {
  return succeeded(await box.rkl("container", "list", "-aq"))
    .split("\n").filter(Boolean);
}

Deno.test({
  name: "rkl schema container prints the JSON Schema of a specification",
  ...native,
  async fn() {
    await using box = sandbox();
    const printed = succeeded(await box.rkl("schema", "container"));
    const { specificationSchema } = await import(
      "../container/specification/schema.ts"
    );
    assert.deepEqual(JSON.parse(printed), specificationSchema());
  },
});
