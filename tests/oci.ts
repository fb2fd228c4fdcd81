/**
 * Asking a container: what the tests of the OCI verbs share.
 *
 * A start costs a second where it is emulated, so that one container answers
 * the questions of many tests: see {@linkcode once}.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  BUSYBOX,
  command,
  exists,
  makeBundle,
  type Result,
  RKL,
  type Sandbox,
  sandbox,
} from "./rkl.ts";

/** Changes a config.json, in whatever shape it has or shall have. */
// deno-lint-ignore no-explicit-any -- tests write wrong ones too
export type Edit = (config: any) => void;

/** Runs a container to its end, in a sandbox of its own. */
export async function runOnce(
  edit: Edit,
  words: string[] = [],
): Promise<Result> {
  await using box = sandbox();
  return await runIn(box, edit, words);
}

/** Runs a container to its end: `run` with `words` before its id. */
export async function runIn(
  box: Sandbox,
  edit: Edit,
  words: string[] = [],
): Promise<Result> {
  const bundle = await makeBundle(`${box.directory}/bundle`, (config) => {
    config.linux.cgroupsPath = cgroupPath(box);
    edit(config);
  });
  return await box.rkl("run", "--bundle", bundle, ...words, "it");
}

/**
 * Runs `rkl` where it leaves a process behind. That keeps stdout and stderr
 * open, so they are a file: whoever reads a pipe would wait for its end.
 */
export async function leaveRunning(
  box: Sandbox,
  ...words: string[]
): Promise<{ code: number; output: string }> {
  const file = await Deno.makeTempFile({ dir: box.directory });
  const { code } = await command("sh", [
    "-c",
    'exec "$@" > "$0" 2>&1',
    file,
    RKL,
    ...box.roots,
    ...words,
  ]);
  return { code, output: await Deno.readTextFile(file) };
}

/** Starts a container that sleeps until it is told to end. */
export async function startSleeper(
  box: Sandbox,
  edit: Edit = () => {},
  id = "it",
): Promise<{ bundle: string; pid: number }> {
  const bundle = await makeBundle(`${box.directory}/${id}`, (config) => {
    config.process.args = ["sleep", "1000"];
    config.linux.cgroupsPath = cgroupPath(box, id);
    edit(config);
  });
  const pidFile = `${box.directory}/${id}.pid`;
  const words = ["run", "-d", "--bundle", bundle, "--pid-file", pidFile, id];
  const { code, output } = await leaveRunning(box, ...words);
  assert.deepEqual({ code, output }, { code: 0, output: "" });
  return { bundle, pid: Number(await Deno.readTextFile(pidFile)) };
}

/**
 * Runs one container whose shell answers `questions`, each a command; returns
 * the answers without their last newline, with errors where they are printed.
 */
export async function ask<Name extends string>(
  questions: Record<Name, string>,
  edit: Edit = () => {},
): Promise<Record<Name, string>> {
  const mark = "----8<----";
  const names = Object.keys(questions) as Name[];
  const script = names
    .map((name) => `{ ${questions[name]}\n} 2>&1; echo "${mark}"`)
    .join("\n");
  const { stdout, stderr } = await runOnce((config) => {
    config.process.args = ["sh", "-c", script];
    edit(config);
  });
  assert.equal(stderr, "");
  const answers = stdout.split(`${mark}\n`);
  assert.equal(answers.length, names.length + 1, stdout);
  return Object.fromEntries(
    names.map((name, index) => [name, answers[index]!.replace(/\n$/, "")]),
  ) as Record<Name, string>;
}

/** Namespaces, or mounts, of a config.json but those of a type. */
export function without(
  entries: { type: string }[],
  type: string,
): { type: string }[] {
  return entries.filter((entry) => entry.type !== type);
}

/** A function that does its work when it is first called, and only then. */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => result ??= work();
}

/** A line of /proc/PID/status. */
export function statusLine(status: string, name: string): string {
  return new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1]?.trim() ?? "";
}

/** One mount, of proc_pid_mountinfo(5). */
export interface MountLine {
  /** What of the filesystem is shown. */
  root: string;
  options: string[];
  /** `shared:7`, `master:3` … */
  propagation: string[];
  type: string;
  source: string;
  /** Of the filesystem, whoever mounted it. */
  superOptions: string[];
}

/** The mounts in a mountinfo by mount point; of several, the one on top. */
export function parseMounts(mountinfo: string): Map<string, MountLine> {
  return new Map(
    mountinfo.trim().split("\n").map((line) => {
      const [before, after] = line.split(" - ");
      const [, , , root, point, options, ...propagation] = before!.split(" ");
      const [type, source, superOptions] = after!.split(" ");
      return [point!, {
        root: root!,
        options: options!.split(","),
        propagation,
        type: type!,
        source: source!,
        superOptions: superOptions!.split(","),
      }];
    }),
  );
}

/** A root filesystem of the test's own: busybox, and empty directories. */
export async function makeRootfs(path: string): Promise<string> {
  for (const name of ["bin", "etc", "proc", "sys", "dev", "tmp"]) {
    await Deno.mkdir(`${path}/${name}`, { recursive: true });
  }
  await Deno.copyFile(
    `${BUSYBOX}/rootfs/bin/busybox`,
    `${path}/bin/busybox`,
  );
  for (const name of ["sh", "cat", "ls", "mount", "readlink", "stat", "true"]) {
    await Deno.symlink("busybox", `${path}/bin/${name}`);
  }
  return path;
}

/** Asserts that nothing of a container is left: no state, cgroup or process. */
export function assertNothingLeft(box: Sandbox, id = "it"): void {
  const root = `${box.directory}/root`;
  const names = exists(root) ? [...Deno.readDirSync(root)] : [];
  assert.deepEqual(names.map(({ name }) => name), [], "state is left");
  assert.deepEqual(cgroupsOf(box, id), [], "cgroups are left");
}

/** The cgroup that {@linkcode runIn} and {@linkcode startSleeper} ask for. */
export function cgroupPath(box: Sandbox, id = "it"): string {
  return `/rkl/${
    box.directory.slice(box.directory.lastIndexOf("/") + 1)
  }.${id}`;
}

/** The pids in a container's cgroup. */
export function membersOf(box: Sandbox): number[] {
  const text = Deno.readTextFileSync(`${cgroupsOf(box)[0]}/cgroup.procs`);
  return text.split("\n").filter(Boolean).map(Number);
}

/** The directories of a container's cgroup that are there. */
export function cgroupsOf(box: Sandbox, id = "it"): string[] {
  const mounts = [...Deno.readDirSync("/sys/fs/cgroup")]
    .filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => `/sys/fs/cgroup/${name}`);
  return ["/sys/fs/cgroup", ...mounts]
    .map((mount) => mount + cgroupPath(box, id))
    .filter(exists);
}
