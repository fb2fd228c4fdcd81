/**
 * A container's life by the OCI verbs, and what each status does not allow.
 *
 * @module
 */
import assert from "node:assert/strict";
import { needs } from "./facts.ts";
import {
  assertNothingLeft,
  leaveRunning,
  membersOf,
  startSleeper,
} from "./oci.ts";
import { eventually, makeBundle, type Sandbox, sandbox } from "./rkl.ts";
import { isAlive } from "./container.ts";

/** What `rkl state` says. */
async function stateOf(box: Sandbox, id = "it") {
  const { stdout, stderr } = await box.rkl("state", id);
  assert.equal(stderr, "");
  return JSON.parse(stdout);
}

/** The one-line messages and the codes of commands, run at the same time. */
async function refusals(
  box: Sandbox,
  commands: string[][],
): Promise<[code: number, stderr: string][]> {
  const results = await Promise.all(commands.map((words) => box.rkl(...words)));
  return results.map(({ code, stderr }) => [code, stderr.trimEnd()]);
}

Deno.test({
  name: "a container is created, runs, stops and is gone",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const bundle = await makeBundle(`${box.directory}/bundle`, (config) => {
      config.process.args = ["sleep", "1000"];
      config.annotations = { "org.example": "one" };
    });
    const created = await leaveRunning(box, "create", "-b", bundle, "it");
    assert.deepEqual(created, { code: 0, output: "" });

    const state = await stateOf(box);
    const { pid, created: at, rootfs } = state;
    assert.deepEqual(state, {
      ociVersion: "1.1.0",
      id: "it",
      pid,
      status: "created",
      bundle,
      rootfs,
      created: at,
      annotations: { "org.example": "one" },
    });
    assert.match(at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
    const process = Deno.readTextFileSync(`/proc/${pid}/stat`);
    assert.match(process, /\(rkl-init\)|\(memfd:rkl-init\)|\(\d+\)/);

    assert.equal((await box.rkl("start", "it")).stderr, "");
    const command = Deno.readTextFileSync(`/proc/${pid}/cmdline`);
    assert.equal(command, "sleep\x001000\0");
    assert.equal((await stateOf(box)).status, "running");

    assert.equal((await box.rkl("kill", "it", "KILL")).stderr, "");
    await eventually("it stops", () => !isAlive(pid));
    const stopped = await stateOf(box);
    assert.equal(stopped.status, "stopped");
    assert.equal(stopped.pid, undefined);

    assert.equal((await box.rkl("delete", "it")).stderr, "");
    assertNothingLeft(box);
    const { code, stderr } = await box.rkl("state", "it");
    assert.match(
      stderr,
      /^rkl: container "it" does not exist in \/.*\/root\n$/,
    );
    assert.equal(code, 125);
  },
});

Deno.test({
  name: "a running container is not started, resumed, deleted or made again",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const { bundle } = await startSleeper(box);
    assert.deepEqual(
      await refusals(box, [
        ["start", "it"],
        ["resume", "it"],
        ["delete", "it"],
        ["create", "--bundle", bundle, "it"],
        ["run", "--bundle", bundle, "it"],
      ]),
      [
        [
          125,
          'rkl: cannot start container "it": it is running; only a created ' +
          "container can be started",
        ],
        [
          125,
          'rkl: cannot resume container "it": it is running; only a paused ' +
          "one can be resumed",
        ],
        [
          125,
          'rkl: cannot delete container "it": it is running; stop it first, ' +
          "or use --force",
        ],
        ...Array(2).fill([
          125,
          'rkl: container "it" already exists; choose another id or delete it',
        ]),
      ],
    );
    assert.equal((await stateOf(box)).status, "running");
  },
});

Deno.test({
  name: "a stopped container is not started, signalled, paused or entered",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const { pid } = await startSleeper(box);
    Deno.kill(pid, "SIGKILL");
    await eventually("it stops", () => !isAlive(pid));
    const stopped = (action: string, hint: string) => [
      125,
      `rkl: cannot ${action} container "it": it is stopped; ${hint}`,
    ];
    assert.deepEqual(
      await refusals(box, [
        ["start", "it"],
        ["kill", "it"],
        ["pause", "it"],
        ["exec", "it", "true"],
      ]),
      [
        stopped("start", "delete it and create it anew"),
        stopped("kill", "only a live one takes signals"),
        stopped("pause", "only a running one can be paused"),
        stopped("exec in", "start it first"),
      ],
    );
  },
});

Deno.test({
  name: "every verb says that a container does not exist",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    const verbs = ["state", "start", "kill", "delete", "pause", "resume", "ps"];
    const results = await refusals(box, [
      ...verbs.map((verb) => [verb, "nobody"]),
      ["exec", "nobody", "true"],
    ]);
    for (const result of results) {
      assert.deepEqual(result, [
        125,
        `rkl: container "nobody" does not exist in ${box.directory}/root`,
      ]);
    }
  },
});

Deno.test({
  name: "an id that could be a path is refused, whatever the verb",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const bundle = await makeBundle(`${box.directory}/bundle`);
    const create = ["create", "--bundle", bundle];
    const commands = [
      ["..", ...create],
      ["a/b", ...create],
      [".hidden", ...create],
      ["a".repeat(256), ...create],
      ["../root", "delete", "--force"],
      ["..", "state"],
    ].map(([id, ...words]) => [...words, id!]);
    for (const [code, stderr] of await refusals(box, commands)) {
      assert.match(stderr, /^rkl: ".*" is no container id; allowed: 1 to 255 /);
      assert.equal(code, 125);
    }
    assertNothingLeft(box);
  },
});

Deno.test({
  name: "an empty id is refused",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const [[code, stderr] = []] = await refusals(box, [["state", ""]]);
    assert.match(stderr!, /^rkl: .*\bid\b/i);
    assert.equal(code, 125);
  },
});

Deno.test({
  name: "delete --force ends whatever runs, and is content with nothing",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const { pid } = await startSleeper(box);
    const [running, nothing] = await Promise.all([
      box.rkl("delete", "--force", "it"),
      box.rkl("delete", "--force", "nobody"),
    ]);
    const silent = { code: 0, stdout: "", stderr: "" };
    assert.deepEqual(running, silent);
    assert.deepEqual(nothing, silent);
    assert(!isAlive(pid));
    assertNothingLeft(box);
  },
});

Deno.test({
  name: "a container that was created and never started can be killed",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const bundle = await makeBundle(`${box.directory}/bundle`);
    const pidFile = `${box.directory}/pid`;
    await leaveRunning(
      box,
      "create",
      "-b",
      bundle,
      "--pid-file",
      pidFile,
      "it",
    );
    const pid = Number(await Deno.readTextFile(pidFile));
    assert.equal((await box.rkl("kill", "it", "9")).stderr, "");
    await eventually("it stops", () => !isAlive(pid));
    assert.equal((await box.rkl("delete", "it")).stderr, "");
    assertNothingLeft(box);
  },
});

Deno.test({
  name: "one that is paused before it was started is resumed first",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const bundle = await makeBundle(`${box.directory}/bundle`, (config) => {
      config.process.args = ["sleep", "1000"];
    });
    await leaveRunning(box, "create", "-b", bundle, "it");
    assert.equal((await box.rkl("pause", "it")).stderr, "");
    const { code, stderr } = await box.rkl("start", "it");
    assert.match(stderr, /^rkl: cannot start .*paused; resume it first\n$/);
    assert.equal(code, 125);
    assert.equal((await box.rkl("resume", "it")).stderr, "");
    assert.equal((await box.rkl("start", "it")).stderr, "");
    assert.equal((await box.rkl("delete", "-f", "it")).stderr, "");
  },
});

Deno.test({
  name: "create fails where the pid file cannot be written, and leaves nothing",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const bundle = await makeBundle(`${box.directory}/bundle`, (config) => {
      config.process.args = ["sleep", "1000"];
    });
    const file = `${box.directory}/nowhere/pid`;
    const words = ["--bundle", bundle, "--pid-file", file, "it"];
    for (const verb of [["create"], ["run"], ["run", "-d"]]) {
      const { code, output } = await leaveRunning(box, ...verb, ...words);
      assert.match(
        output,
        /^rkl: cannot write the pid file \/.*\/pid: ENOENT .*\n$/,
      );
      assert.equal(code, 125);
      assertNothingLeft(box);
    }
  },
});

Deno.test({
  name: "kill --all reaches every process, kill only the first",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const { pid } = await startSleeper(box, (config) => {
      const child =
        "trap 'echo child >> /tmp/heard' USR1; while :; do wait; done";
      config.process.args = [
        "sh",
        "-c",
        `trap 'echo init >> /tmp/heard' USR1
         sh -c "${child.replaceAll('"', '\\"')}" &
         echo $! > /tmp/ready; while :; do wait; done`,
      ];
      config.mounts.push({ destination: "/tmp", type: "tmpfs" });
    });
    const tmp = `/proc/${pid}/root/tmp`;
    const heard = () => {
      try {
        // It is there before its first line is.
        const text = Deno.readTextFileSync(`${tmp}/heard`);
        return text.split("\n").slice(0, -1).sort();
      } catch {
        return [];
      }
    };
    const traps = () => /^SigCgt:.*[2367abef]..$/m;
    const catches = (pid: number) =>
      traps().test(Deno.readTextFileSync(`/proc/${pid}/status`));
    await eventually("both listen", () => {
      const pids = membersOf(box);
      return pids.length === 2 && pids.every(catches);
    });
    assert.equal((await box.rkl("kill", "it", "SIGUSR1")).stderr, "");
    await eventually("init hears", () => heard().length === 1);
    assert.deepEqual(heard(), ["init"]);
    assert.equal((await box.rkl("kill", "--all", "it", "usr1")).stderr, "");
    await eventually("both hear", () => heard().length === 3);
    assert.deepEqual(heard(), ["child", "init", "init"]);
  },
});

Deno.test({
  name: "kill refuses what is no signal, with the nearest one",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const [[code, stderr] = []] = await refusals(box, [["kill", "it", "TREM"]]);
    assert.match(stderr!, /TREM.*TERM/);
    assert.equal(code, 125);
  },
});
