/**
 * `rkl run`: output, input, exit codes and signals pass through it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { needs } from "./facts.ts";
import {
  assertNothingLeft,
  cgroupPath,
  leaveRunning,
  runIn,
  runOnce,
  startSleeper,
  without,
} from "./oci.ts";
import { eventually, makeBundle, type Sandbox, sandbox } from "./rkl.ts";

/** A config whose process is `sh -c script`. */
const shell = (script: string) => (config: { process: { args: string[] } }) => {
  config.process.args = ["sh", "-c", script];
};

Deno.test({
  name: "run passes output on, exits with the exit code and leaves nothing",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const result = await runIn(box, shell("echo out; echo err >&2; exit 7"));
    assert.deepEqual(result, { code: 7, stdout: "out\n", stderr: "err\n" });
    assertNothingLeft(box);
  },
});

Deno.test({
  name: "run exits with 128+n when signal n ended the process",
  ...needs("root"),
  async fn() {
    // As process 1 it would survive the signal of its own.
    const { code } = await runOnce((config) => {
      shell("kill -USR1 $$")(config);
      config.linux.namespaces = without(config.linux.namespaces, "pid");
    });
    assert.equal(code, 128 + 10);
  },
});

Deno.test({
  name: "run passes bytes from stdin on, and their end",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const bundle = await makeBundle(
      `${box.directory}/bundle`,
      shell("wc -c; echo end"),
    );
    const stdin = new Uint8Array(300_000).fill(0xff);
    const { stdout } = await box.run(["run", "-b", bundle, "it"], { stdin });
    assert.equal(stdout, "300000\nend\n");
  },
});

Deno.test({
  name: "run passes signals on to the process and waits for its end",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const script = `
      trap 'echo USR1' USR1; trap 'echo INT' INT; trap 'echo HUP' HUP
      trap 'echo TERM; exit 3' TERM
      echo ready; while :; do sleep 1000 & wait; kill %1; done`;
    const bundle = await makeBundle(`${box.directory}/bundle`, shell(script));
    const rkl = box.spawn(["run", "-b", bundle, "it"], {
      stdin: "null",
      stdout: "piped",
    });
    let output = "";
    const told = rkl.stdout.pipeThrough(new TextDecoderStream())
      .pipeTo(
        new WritableStream({
          write(text) {
            output += text;
          },
        }),
      );
    const says = (text: string) =>
      eventually(`it says ${text}`, () => output.endsWith(`${text}\n`));
    await says("ready");
    for (const name of ["USR1", "INT", "HUP"] as const) {
      rkl.kill(`SIG${name}`);
      await says(name);
    }
    rkl.kill("SIGTERM");
    assert.equal((await rkl.status).code, 3);
    await told;
    assert.equal(output, "ready\nUSR1\nINT\nHUP\nTERM\n");
    assertNothingLeft(box);
  },
});

Deno.test({
  name: "a detached container runs on when rkl has returned",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const { pid } = await startSleeper(box);
    const command = Deno.readTextFileSync(`/proc/${pid}/cmdline`);
    assert.equal(command, "sleep\x001000\0");
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    assert.match(status, /^NSpid:\t\d+\t1$/m);
  },
});

Deno.test({
  name: "a cgroup in use is refused, and its processes live on",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    const { pid } = await startSleeper(box, () => {}, "first");
    const bundle = await makeBundle(`${box.directory}/second`, (config) => {
      config.linux.cgroupsPath = cgroupPath(box, "first");
    });
    const { code, stderr } = await box.rkl("run", "-b", bundle, "second");
    assert.match(
      stderr,
      new RegExp(
        "^rkl: cannot make the cgroup .*: it is there already, with process " +
          `${pid} in it; give the container another cgroup path\n$`,
      ),
    );
    assert.equal(code, 125);
    assert.match(Deno.readTextFileSync(`/proc/${pid}/stat`), /\(sleep\) S/);
  },
});

/** The records that a failed `run` leaves in its log. */
async function failInto(box: Sandbox, ...words: string[]): Promise<string> {
  const log = `${box.directory}/log`;
  const missing = `${box.directory}/missing`;
  const { code, output } = await leaveRunning(
    box,
    ...["--log", log, ...words, "run", "-b", missing, "it"],
  );
  assert.equal(code, 125);
  assert.match(output, /^rkl: .*\/missing\/config.json: no such file; .*\n$/);
  return await Deno.readTextFile(log);
}

Deno.test({
  name: "errors go to the log too, as logfmt",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    assert.match(
      await failInto(box),
      /^time="\d{4}-.*Z" level=error msg="\/.*config.json: no such file; .*"\n$/,
    );
  },
});

Deno.test({
  name: "errors go to the log as JSON, one record a line, appended",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    await failInto(box, "--log-format", "json");
    const log = await failInto(box, "--log-format", "json");
    const records = log.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.equal(records.length, 2);
    for (const { level, msg, time } of records) {
      assert.equal(level, "error");
      assert.match(msg, /config.json: no such file; /);
      assert.match(time, /^\d{4}-\d\d-\d\dT.*Z$/);
    }
  },
});

Deno.test({
  name: "--no-pivot gives the same root by MS_MOVE and chroot",
  ...needs("root"),
  async fn() {
    const { stdout, stderr } = await runOnce(
      shell("ls -d /bin; ls -d /work /tmp/..; cat /proc/self/mountinfo"),
      ["--no-pivot"],
    );
    assert.match(stdout, /^\/bin\n\/tmp\/\.\.\n/);
    assert.match(stderr, /\/work: No such file/);
    const points = stdout.split("\n").map((line) => line.split(" ")[4])
      .filter(Boolean);
    assert(points.includes("/"), "the root");
    assert(points.includes("/proc"), "proc");
    assert(points.every((point) => !point!.startsWith("/boot")));
  },
});
