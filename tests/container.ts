/**
 * What the tests of `rkl container` share: containers with names of their own,
 * and the kernel's view of them.
 *
 * @module
 */
import assert from "node:assert/strict";
import { fnv1a } from "../sys/hash.ts";
import {
  BUSYBOX,
  command,
  eventually,
  exists,
  type Result,
  type Sandbox,
} from "./rkl.ts";

/** A root filesystem: what may be written to, unlike the bundle around it. */
export const ROOTFS = `${BUSYBOX}/rootfs`;

/** A shell script that goes on as another user, as gosu does. */
export const AS_OTHER_USER =
  "echo u:x:1000:1000::/:/bin/sh >> /etc/passwd; exec su u -c 'exec sleep 1000'";

/** The bundle, as the table of containers shows it. */
export const IMAGE = BUSYBOX;

/** A name no other test uses, so that what is left can be told apart. */
export function nameIn(box: Sandbox, suffix = "c"): string {
  const own = box.directory.slice(box.directory.lastIndexOf("-") + 1);
  return `${own}-${suffix}`;
}

/** Asserts that a command did what it was to, and returns what it printed. */
export function succeeded({ code, stdout, stderr }: Result): string {
  const told = stderr.replace(NOT_OWNED, "");
  assert.deepEqual({ code, stderr: told }, { code: 0, stderr: "" });
  return stdout;
}

/** What rkl lacks itself, on some machines, it says it cannot give. */
const NOT_OWNED = /^rkl: warning: .*CAP_\w+ is not given: rkl itself .*\n/;

/** Asserts that a command failed with one line on stderr, and nothing else. */
export function failed(result: Result, code: number, message: string | RegExp) {
  if (typeof message === "string") {
    assert.deepEqual(result, { code, stdout: "", stderr: `rkl: ${message}\n` });
    return;
  }
  assert.match(result.stderr, message);
  assert.equal(result.stderr.trimEnd().split("\n").length, 1, result.stderr);
  assert.deepEqual([result.code, result.stdout], [code, ""]);
}

/** What `rkl container inspect` tells of a container, as far as tests ask. */
export interface Details {
  id: string;
  name: string;
  status: string;
  pid?: number;
  exitCode?: number;
  finished?: string;
  oomKilled: boolean;
  lostLogBytes?: number;
  logPath: string;
  logging: { driver: string; options: Record<string, string> };
  labels: Record<string, string>;
  networks?: Record<string, Record<string, unknown>>;
  cgroups: Record<string, string>;
  seccomp?: string;
  // deno-lint-ignore no-explicit-any -- an OCI configuration
  config: any;
}

/** The words that run a container which sleeps, in the background. */
export function sleeper(name: string, ...flags: string[]): string[] {
  const run = ["container", "run", "-d", "--name", name];
  return [...run, ...flags, ROOTFS, "sleep", "1000"];
}

/** The words that run a container which is removed at its end. */
export function run(...words: string[]): string[] {
  return ["container", "run", "--rm", ...words];
}

/** Runs a container in the background and returns its id. */
export async function launch(box: Sandbox, words: string[]): Promise<string> {
  const run = ["container", "run", "-d", ...words];
  return succeeded(await box.rkl(...run)).trimEnd();
}

/** Runs a container in the background and returns what is known of it. */
export async function start(box: Sandbox, words: string[]): Promise<Details> {
  return await inspect(box, await launch(box, words));
}

/**
 * Runs a shell script in the background, in a container by the name of this
 * sandbox; waits for its end and returns its exit code.
 */
export async function runToEnd(
  box: Sandbox,
  script: string,
  ...flags: string[]
): Promise<string> {
  const name = nameIn(box);
  await launch(box, ["--name", name, ...flags, ROOTFS, "sh", "-c", script]);
  return succeeded(await box.rkl("container", "wait", name)).trim();
}

/** Runs a container that sleeps, by a name of this sandbox. */
export async function startSleeper(
  box: Sandbox,
  flags: string[] = [],
  name = nameIn(box),
): Promise<Details> {
  succeeded(await box.rkl(...sleeper(name, ...flags)));
  return await inspect(box, name);
}

/** What is rkl's own of what `rkl container inspect` prints of a container. */
export async function inspect(box: Sandbox, name: string): Promise<Details> {
  const printed = succeeded(await box.rkl("container", "inspect", name));
  return JSON.parse(printed)[0].rkl;
}

/** The ids of the containers that are listed. */
export async function listed(
  box: Pick<Sandbox, "rkl">,
  ...flags: string[]
): Promise<string[]> {
  const words = ["container", "list", "--quiet", "--no-trunc", ...flags];
  return succeeded(await box.rkl(...words)).split("\n").filter(Boolean);
}

/**
 * Runs one container whose shell answers `questions`, each a command; returns
 * the answers without their last newline.
 */
export async function ask<Name extends string>(
  box: Sandbox,
  words: string[],
  questions: Record<Name, string>,
): Promise<Record<Name, string>> {
  const all = Object.entries(questions) as [Name, string][];
  const script = all.map(([, command]) => `{ ${command}\n} 2>&1; echo "~"`);
  const shell = run(...words, "sh", "-c", script.join("\n"));
  const printed = succeeded(await box.rkl(...shell));
  const answers = printed.split("~\n");
  assert.equal(answers.length, all.length + 1, printed);
  return Object.fromEntries(
    all.map(([name], index) => [name, answers[index]!.trimEnd()]),
  ) as Record<Name, string>;
}

/** A copy of the image in a sandbox, with what `script` makes in it. */
export async function imageWith(box: Sandbox, script: string): Promise<string> {
  const image = `${box.directory}/image`;
  succeeded(await command("cp", ["-a", ROOTFS, image]));
  succeeded(await command("sh", ["-ec", script], { cwd: image }));
  return image;
}

/** A small filesystem below the sandbox, until it is disposed of. */
export async function smallDisk(box: Sandbox, size: string) {
  const path = `${box.directory}/disk`;
  await Deno.mkdir(path);
  const words = ["-t", "tmpfs", "-o", `size=${size}`, "rkl-test", path];
  assert.equal((await command("mount", words)).code, 0);
  return {
    path,
    async [Symbol.asyncDispose]() {
      assert.equal((await command("umount", ["-l", path])).code, 0);
    },
  };
}

/** A file of a container's cgroup, by its names in v1 and v2; trimmed. */
export function cgroupFile(
  { cgroups }: Pick<Details, "cgroups">,
  controller: string,
  [v1, v2]: [v1: string, v2: string],
): string {
  const old = cgroups[controller];
  const path = old ? `${old}/${v1}` : `${cgroups[""]}/${v2}`;
  return Deno.readTextFileSync(path).trim();
}

/** A file of /proc/PID. */
export function proc(pid: number | undefined, file: string): string {
  return Deno.readTextFileSync(`/proc/${pid}/${file}`);
}

/** A line of /proc/PID/status. */
export function statusOf(pid: number | undefined, field: string): string {
  const line = new RegExp(`^${field}:\\s*(.*)$`, "m");
  return line.exec(proc(pid, "status"))?.[1] ?? "";
}

/** The words of a process's command line. */
export function commandLine(pid: number): string[] {
  return proc(pid, "cmdline").split("\0");
}

/** The processes for which `holds`; where that throws, one ended meanwhile. */
export function processesThat(holds: (pid: number) => boolean): number[] {
  return Array.from(Deno.readDirSync("/proc"), ({ name }) => Number(name))
    .filter((pid) => {
      try {
        return pid > 0 && holds(pid);
      } catch {
        return false;
      }
    });
}

/** The processes that have to do with a directory: mounts, or open files. */
export function processesOf(directory: string): number[] {
  return processesThat((pid) => pid !== Deno.pid && touches(pid, directory));
}

function touches(pid: number, directory: string): boolean {
  if (proc(pid, "mountinfo").includes(directory)) return true;
  return Array.from(Deno.readDirSync(`/proc/${pid}/fd`), ({ name }) => {
    return link(`/proc/${pid}/fd/${name}`).startsWith(directory);
  }).includes(true);
}

/** Where a link leads; "" when it is gone. */
export function link(path: string): string {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return "";
  }
}

/** The monitor of a container: the parent of its init. */
export function monitorOf({ pid }: Pick<Details, "pid">): number {
  return Number(statusOf(pid, "PPid"));
}

/** The cgroups of a sandbox's containers, in every hierarchy. */
export function cgroupsOf({ directory }: Sandbox): string[] {
  const own = `.${fnv1a(`${directory}/root`)}`;
  const hierarchies = Deno.readDirSync("/sys/fs/cgroup");
  const mounts = Array.from(hierarchies, ({ name }) => `${name}/rkl`);
  return ["rkl", ...mounts].flatMap((path) =>
    namesIn(`/sys/fs/cgroup/${path}`)
      .filter((name) => name.endsWith(own))
      .map((name) => `/sys/fs/cgroup/${path}/${name}`)
  );
}

/** What is in a directory, which another test may be removing. */
function namesIn(directory: string): string[] {
  try {
    return Array.from(Deno.readDirSync(directory), ({ name }) => name);
  } catch (error) {
    const none = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory;
    if (none) return [];
    throw error;
  }
}

/** Asserts that nothing of any container of a sandbox is left. */
export function assertNothingLeft(box: Sandbox): void {
  const left = ["root", "data/containers", "data/names"]
    .map((name) => `${box.directory}/${name}`)
    .filter(exists)
    .flatMap((path) => Array.from(Deno.readDirSync(path), ({ name }) => name))
    .filter((name) => name !== ".daemon" && name !== ".lock"); // they stay
  assert.deepEqual(left, [], "directories are left");
  assert.deepEqual(cgroupsOf(box), [], "cgroups are left");
  assert.deepEqual(processesOf(box.directory), [], "processes are left");
  assert.ok(!proc(Deno.pid, "mountinfo").includes(box.directory), "mounts");
}

/** Whether a process is there, and no zombie. */
export function isAlive(pid: number): boolean {
  try {
    return !statusOf(pid, "State").startsWith("Z");
  } catch {
    return false;
  }
}

/** Ends the processes of `pids`, with no chance to clean up. */
export function killNow(pids: Iterable<number>): void {
  for (const pid of pids) {
    try {
      Deno.kill(pid, "SIGKILL");
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** Waits until the shells of containers have set their traps. */
export async function untilTrapped(
  box: Sandbox,
  names: string[],
): Promise<void> {
  for (const name of names) {
    const { pid } = await inspect(box, name);
    await eventually("the trap is set", () => {
      const children = proc(pid, `task/${pid}/children`).trim().split(" ");
      return children.some((child) => isSleep(Number(child)));
    });
  }
}

function isSleep(pid: number): boolean {
  try {
    return pid > 0 && proc(pid, "cmdline").startsWith("sleep\0");
  } catch {
    return false; // it ended meanwhile
  }
}
