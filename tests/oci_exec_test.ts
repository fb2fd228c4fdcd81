/**
 * `rkl exec`: one more process in a running container.
 *
 * @module
 */
import assert from "node:assert/strict";
import { needs } from "./facts.ts";
import {
  cgroupsOf,
  leaveRunning,
  membersOf,
  startSleeper,
  statusLine,
} from "./oci.ts";
import { eventually, sandbox } from "./rkl.ts";

Deno.test({
  name: "exec is in the namespaces, the root and the cgroups of the container",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const { pid } = await startSleeper(box);
    const script = `cd /proc/self/ns
      for ns in *; do echo $ns $(readlink $ns); done
      echo cgroup $(cat /proc/self/cgroup | sort)
      echo root $(stat -c %d:%i /)`;
    const result = await box.rkl("exec", "it", "sh", "-c", script);
    assert.equal(result.stderr, "");
    const seen = Object.fromEntries(
      result.stdout.trimEnd().split("\n").map((line) => line.split(/ (.*)/)),
    );
    for (const ns of ["cgroup", "ipc", "mnt", "net", "pid", "user", "uts"]) {
      if (ns === "cgroup") continue; // its line is the cgroups, below
      assert.equal(seen[ns], Deno.readLinkSync(`/proc/${pid}/ns/${ns}`), ns);
    }
    const { dev, ino } = Deno.statSync(`/proc/${pid}/root/`);
    assert.equal(seen.root, `${dev}:${ino}`);
    assert(seen.cgroup.split(" ").some((line: string) => line === "0::/"));
    for (const line of seen.cgroup.split(" ")) {
      const [, name, path] = line.split(":");
      if (/^(|memory|pids|devices)$/.test(name)) assert.equal(path, "/", line);
    }
  },
});

Deno.test({
  name: "exec takes directory, environment, user, groups and capabilities",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    await startSleeper(box);
    const { stdout, stderr } = await box.rkl(
      ...["exec", "--cwd", "/etc", "--env", "A=1", "-e", "B=x y"],
      ...["--user", "1000:1001", "-g", "7", "-g", "8"],
      ...["--cap", "CAP_SYS_ADMIN", "it"],
      ...["sh", "-c", 'pwd; echo "$A $B $TERM"; cat /proc/self/status'],
    );
    assert.equal(stderr, "");
    assert.match(stdout, /^\/etc\n1 x y xterm\n/);
    assert.match(statusLine(stdout, "Uid"), /^1000\t/);
    assert.match(statusLine(stdout, "Gid"), /^1001\t/);
    assert.equal(statusLine(stdout, "Groups"), "7 8");
    const sysAdmin = 1n << 21n;
    const bounding = BigInt(`0x${statusLine(stdout, "CapBnd")}`);
    assert.equal(bounding & sysAdmin, sysAdmin);
  },
});

Deno.test({
  name: "exec has the container's limits and its place among the oom killer's",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    await startSleeper(box, (config) => {
      config.process.oomScoreAdj = 321;
      config.process.rlimits = [{ type: "RLIMIT_NOFILE", soft: 77, hard: 99 }];
      config.process.user.umask = 0o27;
    });
    const script =
      "cat /proc/self/oom_score_adj; ulimit -Sn; ulimit -Hn; umask";
    const { stdout } = await box.rkl("exec", "it", "sh", "-c", script);
    assert.equal(stdout, "321\n77\n99\n0027\n");
  },
});

Deno.test({
  name: "exec --process takes all from a file",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    await startSleeper(box);
    const file = `${box.directory}/process.json`;
    await Deno.writeTextFile(
      file,
      JSON.stringify({
        args: ["sh", "-c", 'echo "$A"; pwd; id -u; exit 9'],
        cwd: "/etc",
        env: ["A=from the file", "PATH=/bin:/usr/bin"],
        user: { uid: 12, gid: 13 },
      }),
    );
    const result = await box.rkl("exec", "--process", file, "it");
    assert.deepEqual(result, {
      code: 9,
      stdout: "from the file\n/etc\n12\n",
      stderr: "",
    });
  },
});

Deno.test({
  name: "exec --process tells what is wrong in the file",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    await startSleeper(box);
    const file = `${box.directory}/process.json`;
    await Deno.writeTextFile(file, '{ "args": [], "cwd": "etc" }');
    const { code, stderr } = await box.rkl("exec", "-p", file, "it");
    assert.match(stderr, /^rkl: .*process.json: args: .*; cwd: .*\n$/);
    assert.equal(code, 125);
  },
});

Deno.test({
  name: "exec exits with the code of the command, 127 and 126 where it cannot",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    await startSleeper(box);
    const run = (...words: string[]) => box.rkl("exec", "it", ...words);
    const results = await Promise.all([
      run("sh", "-c", "exit 42"),
      run("sh", "-c", "kill -9 $$"),
      run("nothing"),
      run("/etc"),
      run("/etc/passwd"),
    ]);
    assert.deepEqual(
      results.map(({ code, stderr }) => [code, stderr.trimEnd()]),
      [
        [42, ""],
        [137, ""],
        [127, 'rkl: exec "nothing": executable file not found in $PATH'],
        [126, 'rkl: exec "/etc": permission denied: it is a directory'],
        [
          126,
          'rkl: exec "/etc/passwd": permission denied: it is not an ' +
          "executable file, or its filesystem is mounted noexec",
        ],
      ],
    );
  },
});

Deno.test({
  name: "exec passes words that look like its own flags on",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    await startSleeper(box);
    const words = ["exec", "it", "echo", "--cwd", "-d", "--", "-x"];
    const { stdout } = await box.rkl(...words);
    assert.equal(stdout, "--cwd -d -- -x\n");
  },
});

Deno.test({
  name: "exec --detach returns at once and tells the pid",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    await startSleeper(box);
    const file = `${box.directory}/pid`;
    const result = await leaveRunning(
      box,
      ...["exec", "--detach", "--pid-file", file, "it", "sleep", "1234"],
    );
    assert.deepEqual(result, { code: 0, output: "" });
    const pid = Number(await Deno.readTextFile(file));
    const command = Deno.readTextFileSync(`/proc/${pid}/cmdline`);
    assert.equal(command, "sleep\x001234\0");
    assert(membersOf(box).includes(pid));
  },
});

Deno.test({
  name: "exec leaves no process where the pid file cannot be written",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const { pid } = await startSleeper(box);
    const { code, output } = await leaveRunning(
      box,
      ...["exec", "-d", "--pid-file", `${box.directory}/nowhere/pid`],
      ...["it", "sleep", "1234"],
    );
    assert.match(output, /^rkl: cannot write the pid file .*: ENOENT .*\n$/);
    assert.equal(code, 125);
    await eventually(
      "only init is left",
      () => membersOf(box).join() === String(pid),
    );
  },
});

Deno.test({
  name: "exec is refused in a paused container and in a bad user's name",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    await startSleeper(box);
    const named = await box.rkl("exec", "--user", "root", "it", "true");
    assert.equal(
      named.stderr,
      'rkl: --user: "root" must be UID or UID:GID, in digits\n',
    );
    await box.rkl("pause", "it");
    const { code, stderr } = await box.rkl("exec", "it", "true");
    assert.equal(
      stderr,
      'rkl: cannot exec in container "it": it is paused; resume it first\n',
    );
    assert.equal(code, 125);
    await box.rkl("resume", "it");
  },
});

Deno.test({
  name: "exec finds a place where the container gave its controllers away",
  ...needs("root", "cgroup-v2"),
  async fn() {
    await using box = sandbox();
    await startSleeper(box, (config) => {
      config.mounts.find(
        ({ type }: { type: string }) => type === "cgroup",
      ).options = ["rw"];
      config.process.args = [
        "sh",
        "-c",
        `cd /sys/fs/cgroup && mkdir inner && echo 1 > inner/cgroup.procs &&
         echo +memory > cgroup.subtree_control && exec sleep 1000`,
      ];
    });
    const control = `${cgroupsOf(box)[0]}/cgroup.subtree_control`;
    await eventually(
      "the controllers are given away",
      () => Deno.readTextFileSync(control).includes("memory"),
    );
    const result = await box.rkl("exec", "it", "cat", "/proc/self/cgroup");
    assert.deepEqual(result, { code: 0, stdout: "0::/inner\n", stderr: "" });
  },
});

Deno.test({
  name: "exec without a command is a usage error",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const { code, stderr } = await box.rkl("exec", "it");
    assert.match(stderr, /^rkl: exec: COMMAND is missing; .*--process FILE\n$/);
    assert.equal(code, 125);
  },
});
