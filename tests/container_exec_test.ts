/**
 * `rkl container exec`.
 *
 * @module
 */
import assert from "node:assert/strict";
import { O, open } from "../sys/fd.ts";
import { syscall } from "../sys/syscall.ts";
import { Attached } from "./attached.ts";
import {
  cgroupsOf,
  failed,
  isAlive,
  nameIn,
  proc,
  processesThat,
  ROOTFS,
  startSleeper,
  statusOf,
  succeeded,
} from "./container.ts";
import { needs } from "./facts.ts";
import { eventually, exists, sandbox } from "./rkl.ts";

const root = needs("root");
/** Tests of what is the same on every kernel. */
const native = needs("root", "native");

Deno.test({
  name:
    "container exec: streams, exit code, 128+n; flags after the name are its",
  ...root,
  async fn() {
    await using box = sandbox();
    const { id } = await startSleeper(box);
    const script = "echo out; echo err >&2; exit 12";
    const [streams, signal, flags] = await Promise.all([
      box.rkl("container", "exec", id, "sh", "-c", script),
      box.rkl("container", "exec", id, "sh", "-c", "kill -TERM $$"),
      box.rkl("c", "exec", id, "ls", "-d", "/bin"),
    ]);
    assert.deepEqual(streams, { code: 12, stdout: "out\n", stderr: "err\n" });
    assert.equal(signal.code, 143);
    assert.equal(succeeded(flags), "/bin\n");
  },
});

Deno.test({
  name: "container exec -e -w -u: environment, directory, user by name",
  ...root,
  async fn() {
    await using box = sandbox();
    const { id } = await startSleeper(box, ["-e", "KEPT=yes", "-w", "/usr"]);
    const script = "pwd; id -u; id -g; echo $KEPT $A $HOST_SAYS";
    const words = ["-e", "A=1", "-e", "HOST_SAYS", "-w", "/tmp", "-u"];
    const [changed, plain, ids] = await Promise.all([
      box.run(
        ["c", "exec", ...words, "daemon", id, "sh", "-c", script],
        { env: { HOST_SAYS: "hi" } },
      ),
      box.rkl("c", "exec", id, "sh", "-c", script),
      box.rkl("c", "exec", "-u", "7:8", id, "sh", "-c", script),
    ]);
    assert.equal(succeeded(changed), "/tmp\n1\n1\nyes 1 hi\n");
    assert.equal(succeeded(plain), "/usr\n0\n0\nyes\n");
    assert.equal(succeeded(ids), "/usr\n7\n8\nyes\n");
  },
});

Deno.test({
  name: "container exec -i passes stdin on to its end; without, there is none",
  ...native,
  async fn() {
    await using box = sandbox();
    const { id } = await startSleeper(box);
    const stdin = "line\n".repeat(200_000);
    const [given, none] = await Promise.all([
      box.run(["c", "exec", "-i", id, "wc", "-c"], { stdin }),
      box.run(["c", "exec", id, "wc", "-c"], { stdin }),
    ]);
    assert.equal(succeeded(given), "1000000\n");
    assert.equal(succeeded(none), "0\n");
  },
});

Deno.test({
  name: "container exec -d returns at once; what it runs is the container's",
  ...native,
  async fn() {
    await using box = sandbox();
    const { id, pid } = await startSleeper(box);
    const words = ["exec", "-d", id, "sh", "-c", "sleep 2000; true"];
    assert.equal(succeeded(await box.rkl("container", ...words)), "");
    const members = () =>
      new Set(
        cgroupsOf(box).flatMap((path) =>
          Deno.readTextFileSync(`${path}/cgroup.procs`).trim().split("\n")
        ),
      );
    await eventually("its sleep runs", () => members().size === 3);
    for (const member of members()) {
      for (const kind of ["pid", "mnt", "net", "uts", "ipc", "cgroup"]) {
        const namespace = `/proc/${member}/ns/${kind}`;
        const expected = Deno.readLinkSync(`/proc/${pid}/ns/${kind}`);
        assert.equal(Deno.readLinkSync(namespace), expected);
      }
      assert.equal(
        /^CapEff:.*$/m.exec(proc(Number(member), "status"))![0],
        /^CapEff:.*$/m.exec(proc(pid, "status"))![0],
      );
    }
  },
});

Deno.test({
  name: "container exec of what is not there: 127, of what cannot run: 126",
  ...native,
  async fn() {
    await using box = sandbox();
    const { id } = await startSleeper(box);
    const [absent, directory, user] = await Promise.all([
      box.rkl("container", "exec", id, "no-such"),
      box.rkl("container", "exec", id, "/etc"),
      box.rkl("container", "exec", "-u", "ghost", id, "true"),
    ]);
    failed(absent, 127, 'exec "no-such": executable file not found in $PATH');
    failed(directory, 126, 'exec "/etc": permission denied: it is a directory');
    failed(
      user,
      125,
      'the image has no user "ghost" in /etc/passwd; give a numeric id',
    );
  },
});

Deno.test({
  name: "container exec passes signals on to what it runs",
  ...native,
  async fn() {
    await using box = sandbox();
    const { id } = await startSleeper(box);
    const script =
      "trap 'exit 11' TERM; echo ready; while :; do sleep .05; done";
    const child = box.spawn(["container", "exec", id, "sh", "-c", script], {
      stdout: "piped",
    });
    const reader = child.stdout.getReader();
    await reader.read();
    child.kill("SIGTERM");
    assert.equal((await child.status).code, 11);
    await reader.cancel();
  },
});

Deno.test({
  name: "container exec --privileged, --env-file: what the container has not",
  ...native,
  async fn() {
    await using box = sandbox();
    const { id } = await startSleeper(box);
    const file = `${box.directory}/env`;
    await Deno.writeTextFile(file, "# a comment\nA=1\nB=2\n");
    const capabilities = "sed -n 's/^CapEff:.//p' /proc/self/status";
    const [all, usual, env] = await Promise.all([
      box.rkl("c", "exec", "--privileged", id, "sh", "-c", capabilities),
      box.rkl("c", "exec", id, "sh", "-c", capabilities),
      box.rkl(
        ...["c", "exec", "--env-file", file, "-e", "B=3", id],
        ...["sh", "-c", "echo $A $B"],
      ),
    ]);
    const own = BigInt(`0x${statusOf(Deno.pid, "CapEff")}`);
    assert.equal(BigInt(`0x${succeeded(all).trim()}`), own);
    const CAP_SYS_ADMIN = 1n << 21n;
    assert.equal(BigInt(`0x${succeeded(usual).trim()}`) & CAP_SYS_ADMIN, 0n);
    assert.equal(succeeded(env), "1 3\n");
  },
});

Deno.test({
  name: "container exec -u, -w: users that were added later, and no directory",
  ...native,
  async fn() {
    await using box = sandbox();
    const { id } = await startSleeper(box, ["-e", "TERM=vt52"]);
    const add = "echo ann:x:1234:1234::/home/ann: >> /etc/passwd";
    succeeded(await box.rkl("c", "exec", id, "sh", "-c", add));
    const [user, terminal, absent, relative] = await Promise.all([
      box.rkl("c", "exec", "-u", "ann", id, "sh", "-c", "id -u; echo $HOME"),
      box.rkl("c", "exec", "-t", id, "sh", "-c", "echo $TERM"),
      box.rkl("c", "exec", "-w", "/no/such", id, "true"),
      box.rkl("c", "exec", "-w", "tmp", id, "true"),
    ]);
    assert.equal(succeeded(user), "1234\n/home/ann\n");
    assert.equal(succeeded(terminal), "vt52\r\n");
    const cannot = "cannot change to the working directory /no/such";
    failed(absent, 127, `${cannot}: ENOENT (no such file or directory)`);
    failed(relative, 125, "--workdir tmp: must be an absolute path");
  },
});

Deno.test({
  name:
    "-w: root enters for a user who may not, and never by rkl's descriptors",
  ...native,
  async fn() {
    await using box = sandbox();
    const { id } = await startSleeper(box);
    // At one of these numbers each rkl has a directory while it enters.
    const numbers = Array.from({ length: 20 }, (_, i) => i + 3);
    const links = numbers.map((n) => `ln -s /proc/self/fd/${n} /l${n}`);
    const make = `mkdir -m 700 /own; ${links.join("; ")}`;
    succeeded(await box.rkl("c", "exec", id, "sh", "-c", make));
    const exec = (path: string) =>
      box.rkl("c", "exec", "-u", "1234", "-w", path, id, "pwd");
    assert.equal(succeeded(await exec("/own")), "/own\n");
    const run = ["run", "--rm", "-u", "1234", "-w", "/root", ROOTFS, "pwd"];
    assert.equal(succeeded(await box.rkl("c", ...run)), "/root\n");
    const cannot = "cannot change to the working directory";
    const isNone = `${cannot} /etc/passwd: ENOTDIR (not a directory)`;
    failed(await exec("/etc/passwd"), 126, isNone);
    for (const at of numbers.map((n) => `/l${n}`)) {
      const { code, stderr } = await exec(at);
      assert.match(stderr, new RegExp(`${cannot} ${at}: (ELOOP|ENOENT) `));
      assert.equal(code, stderr.includes("ENOENT") ? 127 : 126);
    }
  },
});

Deno.test({
  name: "container exec in what ends meanwhile: 137, for all that are in there",
  ...native,
  async fn() {
    await using box = sandbox();
    const [own, host] = [nameIn(box, "own"), nameIn(box, "host")];
    await startSleeper(box, [], own);
    await startSleeper(box, ["--pid", "host"], host);
    const users = [own, own, own, host].map((name, index) => {
      const flags = index === 0 ? ["-t"] : [];
      const script = "echo there; exec sleep 1000";
      return new Attached(box, "exec", ...flags, name, "sh", "-c", script);
    });
    for (const user of users) await user.shows(/^there\r?\n/);
    succeeded(await box.rkl("container", "kill", own, host));
    for (const user of users) assert.equal(await user.ended(), 137);
  },
});

Deno.test({
  name: "container exec in one that is paused is refused",
  ...native,
  async fn() {
    await using box = sandbox();
    const { id } = await startSleeper(box);
    succeeded(await box.rkl("pause", id));
    failed(
      await box.rkl("container", "exec", id, "true"),
      125,
      /: it is paused; unpause it first$/m,
    );
    succeeded(await box.rkl("resume", id));
  },
});

Deno.test({
  name:
    "container exec -d -t: a terminal that somebody reads, and nobody waits",
  ...native,
  async fn() {
    await using box = sandbox();
    const { id, pid } = await startSleeper(box);
    // More than a terminal holds.
    const script = "tty; yes | head -100000; : > /done; exec sleep 1000";
    const words = ["exec", "-d", "-t", id, "sh", "-c", script];
    assert.equal(succeeded(await box.rkl("container", ...words)), "");
    const done = `/proc/${pid}/root/done`;
    await eventually("it wrote all", () => exists(done));
    const keepers = () => processesNamed("rkl-terminal");
    const before = keepers();
    assert.ok(before.length > 0);
    succeeded(await box.rkl("container", "rm", "-f", id));
    await eventually(
      "who read it has ended",
      () => keepers().length < before.length,
    );
  },
});

Deno.test({
  name:
    "container exec passes on all that is in a pipe whose other end stays open",
  ...native,
  async fn() {
    await using box = sandbox();
    const { id, pid } = await startSleeper(box);
    const MIB = 1024 * 1024;
    const script = "sleep 2000 & while ! test -e /go; do sleep .05; done\n" +
      `head -c ${MIB} /dev/zero; exit 0`;
    const child = box.spawn(["container", "exec", id, "sh", "-c", script], {
      stdout: "piped",
    });
    const shells = () =>
      processesThat((one) =>
        proc(one, "cmdline").startsWith("sh\0-c\0sleep 2000 &") && isAlive(one)
      ).filter((one) => one !== child.pid);
    await eventually("it runs", () => shells().length === 1);
    // As the program itself could; nobody reads what rkl writes.
    using pipe = open(`/proc/${shells()[0]}/fd/1`, O.WRONLY);
    const F_SETPIPE_SZ = 1031;
    syscall("fcntl", pipe.number, F_SETPIPE_SZ, MIB);
    pipe[Symbol.dispose]();
    Deno.writeTextFileSync(`/proc/${pid}/root/go`, "");
    await eventually("it has ended", () => shells().length === 0);
    const { code, stdout } = await child.output();
    assert.deepEqual([code, stdout.length], [0, MIB]);
  },
});

/** The pids of processes that call themselves so, and are no zombies. */
function processesNamed(name: string): number[] {
  return processesThat((pid) => isAlive(pid) && statusOf(pid, "Name") === name);
}
