/**
 * What a container runtime could leave on a machine: looked at before and after
 * the tests, the difference is a leak.
 *
 * @module
 */
import { join } from "node:path";

/** Folders below which a name with "rkl" in it is rkl's. */
const FOLDERS = ["/run", "/var/lib", "/tmp", "/dev/shm"];

/** Returns a line for each thing that rkl, or a test, could have left. */
export function leftovers(): Set<string> {
  return new Set([
    ...mounts(),
    ...cgroups("/sys/fs/cgroup"),
    ...processes(),
    ...names("/sys/class/net").map((name) => `network interface ${name}`),
    ...FOLDERS.flatMap(state),
  ]);
}

/**
 * Returns what is there now and was not in `before`. What is just going away
 * gets `patience` milliseconds to do so.
 */
export async function leaks(
  before: Set<string>,
  patience = 5000,
): Promise<string[]> {
  const deadline = Date.now() + patience;
  while (true) {
    const now = [...leftovers().difference(before)];
    if (now.length === 0 || Date.now() > deadline) return now;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Mount points, field 5 of proc_pid_mountinfo(5). */
function mounts(): string[] {
  return read("/proc/self/mountinfo").trimEnd().split("\n")
    .map((line) => `mount ${line.split(" ")[4]}`);
}

function cgroups(folder: string): string[] {
  return names(folder).flatMap((name) => {
    const path = join(folder, name);
    if (!isDirectory(path)) return [];
    if (name.includes("rkl")) return [`cgroup ${path}`];
    return cgroups(path);
  });
}

/** Processes that are rkl, or that live in another mount namespace than ours. */
function processes(): string[] {
  const ours = link("/proc/self/ns/mnt");
  return names("/proc").filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    const namespace = link(`/proc/${pid}/ns/mnt`);
    const executable = link(`/proc/${pid}/exe`);
    const command = read(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();
    if (!namespace || !executable) return []; // gone, or a kernel thread
    const rkl = /\/(memfd:)?rkl[^/]*$/.test(executable) ||
      /(^|\/)rkl( |$)/.test(command);
    return rkl || namespace !== ours ? [`process ${pid} ${command}`] : [];
  });
}

/** What lies in rkl's own folder, which may stay, and things named after it. */
function state(folder: string): string[] {
  return names(folder).filter((name) => name.includes("rkl"))
    .flatMap((name) =>
      name === "rkl" ? names(join(folder, name)).map((id) => `rkl/${id}`) : name
    ).map((name) => `path ${join(folder, name)}`);
}

function names(folder: string): string[] {
  return orEmpty(() => [...Deno.readDirSync(folder)].map((e) => e.name), []);
}

function link(path: string): string {
  return orEmpty(() => Deno.readLinkSync(path), "");
}

function read(path: string): string {
  return orEmpty(() => Deno.readTextFileSync(path), "");
}

function isDirectory(path: string): boolean {
  return orEmpty(() => Deno.lstatSync(path).isDirectory, false);
}

/** Processes and cgroups may vanish while they are looked at. */
function orEmpty<T>(look: () => T, empty: T): T {
  try {
    return look();
  } catch {
    return empty;
  }
}
