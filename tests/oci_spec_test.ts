/**
 * `rkl spec`, and how its config.json gets along with other runtimes' own.
 *
 * @module
 */
import assert from "node:assert/strict";
import { has, needs } from "./facts.ts";
import { BUSYBOX, command, type Result, type Sandbox, sandbox } from "./rkl.ts";

/** Changes the config.json that a runtime wrote, and what it is to run. */
async function prepare(
  bundle: string,
  script: string,
  root = `${BUSYBOX}/rootfs`,
): Promise<void> {
  const file = `${bundle}/config.json`;
  const config = JSON.parse(await Deno.readTextFile(file));
  config.process.terminal = false;
  config.process.args = ["sh", "-c", script];
  config.root.path = root;
  await Deno.writeTextFile(file, JSON.stringify(config));
}

/** Runs the bundle in the sandbox's directory by another runtime. */
async function runBy(
  runtime: "runc" | "crun",
  box: Sandbox,
): Promise<Result> {
  const id = box.directory.slice(box.directory.lastIndexOf("/") + 1);
  const root = `${box.directory}/${runtime}`;
  const words = [runtime, "--root", root, "run", "-b", box.directory, id];
  // crun takes a v2 hierarchy without controllers for one with.
  const hide = runtime === "crun" && has("cgroup-v1")
    ? "umount /sys/fs/cgroup/unified && "
    : "";
  return await command("unshare", [
    ...["--mount", "sh", "-c", `${hide}exec "$@"`, "sh"],
    ...words,
  ]);
}

const SCRIPT =
  'echo "$0 $$ $(hostname)"; touch /x 2>/dev/null; exit $((2 + $?))';

Deno.test({
  name: "spec writes a config that rkl runs, in the current directory",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    const spec = await box.run(["spec"], { cwd: box.directory });
    assert.deepEqual(spec, { code: 0, stdout: "", stderr: "" });
    await prepare(box.directory, SCRIPT);
    const run = await box.run(["run", "it"], { cwd: box.directory });
    assert.deepEqual(run, { code: 3, stdout: "sh 1 rkl\n", stderr: "" });
  },
});

Deno.test({
  name: "spec does not write over a config",
  ...needs("root", "native"),
  async fn() {
    await using box = sandbox();
    await Deno.writeTextFile(`${box.directory}/config.json`, "mine");
    const { code, stderr } = await box.rkl("spec", "--bundle", box.directory);
    assert.match(stderr, /^rkl: cannot write .*config.json: it exists; /);
    assert.equal(code, 125);
    const text = await Deno.readTextFile(`${box.directory}/config.json`);
    assert.equal(text, "mine");
  },
});

for (const runtime of ["runc", "crun"] as const) {
  Deno.test({
    name: `${runtime} runs the config that rkl spec writes`,
    ...needs("root", runtime, "tool:unshare"),
    async fn() {
      await using box = sandbox();
      await box.rkl("spec", "--bundle", box.directory);
      await prepare(box.directory, SCRIPT);
      const { code, stdout, stderr } = await runBy(runtime, box);
      assert.equal(stderr, "");
      assert.deepEqual({ code, stdout }, { code: 3, stdout: "sh 1 rkl\n" });
    },
  });

  Deno.test({
    name: `rkl runs the config that ${runtime} spec writes`,
    ...needs("root", "native", runtime),
    async fn() {
      await using box = sandbox();
      await command(runtime, ["spec"], { cwd: box.directory });
      await prepare(box.directory, SCRIPT);
      const run = await box.rkl("run", "--bundle", box.directory, "it");
      assert.deepEqual(run, {
        code: 3,
        stdout: `sh 1 ${runtime}\n`,
        stderr: "",
      });
    },
  });
}

Deno.test({
  name: "spec --rootless writes one that a user without root can run",
  ...needs("root"),
  async fn() {
    await using box = sandbox();
    await box.rkl("spec", "--rootless", "--bundle", box.directory);
    const text = await Deno.readTextFile(`${box.directory}/config.json`);
    const { linux } = JSON.parse(text);
    assert.deepEqual(linux.uidMappings, [
      { containerID: 0, hostID: 0, size: 1 },
    ]);
    await prepare(box.directory, "id -u; cat /proc/self/uid_map | tr -s ' '");
    const run = await box.rkl("run", "--bundle", box.directory, "it");
    assert.deepEqual(run, { code: 0, stdout: "0\n 0 0 1\n", stderr: "" });
  },
});
