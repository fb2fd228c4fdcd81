/**
 * Carries out the plan of a control group: directories, controllers, limits.
 *
 * @module
 */
import { attachDeviceProgram } from "./device_attach.ts";
import { deviceProgram } from "./device_filter.ts";
import { CgroupError } from "./errors.ts";
import {
  exists,
  failure,
  makeDirectory,
  readValue,
  removeDirectory,
  writeValue,
} from "./files.ts";
import { Cgroup } from "./cgroup.ts";
import type { CgroupPlan, CgroupWrite } from "./plan.ts";
import { processesIn } from "./processes.ts";
import { removeTree } from "./removal.ts";

/**
 * Makes a control group as planned. A cgroup at that path that an earlier
 * container left without processes is removed first, so nothing of it remains.
 *
 * @throws {CgroupError} naming the file, the value and the limit in the way;
 * nothing is left of what was made
 */
export function createCgroup(plan: CgroupPlan): Cgroup {
  const made: string[] = [];
  try {
    for (const dir of new Set(Object.values(plan.paths))) makeFresh(dir, made);
    configure(plan);
    return new Cgroup(plan.paths);
  } catch (error) {
    for (const dir of made.reverse()) removeDirectory(dir);
    throw error;
  }
}

/** Everything of `plan` that is done in its directories once they are there. */
export function configure(plan: CgroupPlan): void {
  enableControllers(plan);
  plan.inherit.forEach(inheritCpuset);
  try {
    writeLimits(plan.writes);
  } catch (error) {
    if (!(error instanceof CgroupError) || error.code !== "ENOENT") throw error;
    awaitControllers(plan);
    writeLimits(plan.writes);
  }
  if (plan.devices && plan.into) {
    attachDeviceProgram(plan.into, deviceProgram(plan.devices));
  }
}

/** Makes a cgroup that was not there before, and its parents if need be. */
function makeFresh(dir: string, made: string[]): void {
  if (makeWithParents(dir, made)) return;
  if (!removeTree(dir) || !makeWithParents(dir, made)) {
    const pids = processesIn(dir);
    throw new CgroupError(
      `cannot make the cgroup ${dir}: it is there already, with process ` +
        `${pids.join(", ")} in it; give the container another cgroup path`,
      { file: dir, code: "EBUSY", pids },
    );
  }
}

/**
 * Makes a directory, and after it failed for that, those above it. Returns
 * false if it exists.
 */
export function makeWithParents(dir: string, made: string[] = []): boolean {
  let code = makeDirectory(dir);
  // Again and again, because removeParents may run in another process.
  for (let tries = 0; code === "ENOENT" && tries < 10; tries++) {
    makeWithParents(dir.slice(0, dir.lastIndexOf("/")), made);
    code = makeDirectory(dir);
  }
  if (code === "EEXIST") return false;
  if (code) throw failure(`make the cgroup ${dir}`, code, { file: dir });
  made.push(dir);
  return true;
}

/**
 * Turns on the controllers of a v2 cgroup in every cgroup above it. One look
 * into its own cgroup.controllers tells whether an earlier container did so.
 */
function enableControllers({ enable, into }: CgroupPlan): void {
  if (!into || enable.length === 0) return;
  const there = words(readValue(`${into}/cgroup.controllers`));
  if (enable[0]!.controllers.every((name) => there.has(name))) return;
  for (const { file, controllers, required } of enable) {
    const on = words(readValue(file));
    const off = controllers.filter((name) => !on.has(name));
    if (off.length === 0) continue;
    // Some controllers can be had all the same, but then the cgroups below are
    // of the type "domain invalid" and take no processes.
    const occupied = hasProcesses(file.slice(0, file.lastIndexOf("/")));
    const enableOnly = (names: string[]) =>
      occupied ? "EBUSY" : writeControllers(file, names);
    // What is only wanted for statistics must not keep a container from
    // running; what a limit needs must.
    const needed = off.filter((name) => required.includes(name));
    let code = enableOnly(off);
    if (code) code = needed.length > 0 ? enableOnly(needed) : "";
    if (!code) continue;
    const hint = code === "EBUSY"
      ? "that cgroup has processes, and v2 gives controllers only to children " +
        "of one that has none; move them into a child of it"
      : code === "ENOENT"
      ? "its parent does not offer them"
      : undefined;
    const value = needed.join(" ");
    throw failure(`enable ${value} in ${file}`, code, { file, value }, hint);
  }
}

/**
 * Waits for whoever is giving controllers to the children of the cgroup above:
 * they are listed before their files are there. The kernel changes one thing at
 * a time (cgroup_mutex), so what is asked for comes after.
 */
function awaitControllers({ enable }: CgroupPlan): void {
  const above = enable.at(-1);
  if (above) writeControllers(above.file, above.required);
}

/** Whether processes are in a cgroup itself; the root's do not matter. */
function hasProcesses(dir: string): boolean {
  const isRoot = readValue(`${dir}/cgroup.type`) === undefined;
  return !isRoot && readValue(`${dir}/cgroup.procs`) !== "";
}

function writeControllers(file: string, names: string[]): string {
  return writeValue(file, names.map((name) => `+${name}`).join(" "));
}

function words(text = ""): Set<string> {
  return new Set(text.split(/\s+/).filter(Boolean));
}

/** Gives a new cgroup of v1's cpuset the processors and memory of its parent. */
function inheritCpuset(dir: string): void {
  const parent = dir.slice(0, dir.lastIndexOf("/"));
  for (const name of ["cpuset.cpus", "cpuset.mems"]) {
    if (readValue(`${dir}/${name}`) !== "") continue;
    const file = `${dir}/${name}`;
    const value = readValue(`${parent}/${name}`) ?? "";
    const code = value && writeValue(file, value);
    if (code) throw failure(`set ${file} to ${value}`, code, { file, value });
  }
}

/**
 * Writes the limits in order. Some files constrain each other (limits of memory
 * with and without swap, quota and period), and which order is accepted depends
 * on what is in them; so a refused value is written again after the others, as
 * long as others are accepted.
 */
export function writeLimits(writes: CgroupWrite[]): void {
  for (let pending = writes; pending.length > 0;) {
    const refused = pending.filter((write) => !writeLimit(write));
    if (refused.length === pending.length) throw refusal(refused[0]!, "EINVAL");
    pending = refused;
  }
}

/** Writes one limit; false when the kernel finds the value invalid. */
function writeLimit(write: CgroupWrite): boolean {
  const { file, value, instead } = write;
  const code = writeValue(file, value);
  if (code === "ENOENT" && instead) {
    const { instead: _, ...rest } = write;
    return writeLimit({ ...rest, ...instead });
  }
  if (code === "EINVAL") return false;
  if (code) throw refusal(write, code);
  return true;
}

function refusal(write: CgroupWrite, code: string): CgroupError {
  const { instead: _, ...facts } = write;
  const { what, value, file } = write;
  const hint = code === "EBUSY" && write.controller === "memory"
    ? "more than that is in use"
    : code === "ENOENT" && !exists(file.slice(0, file.lastIndexOf("/")))
    ? "the cgroup is gone"
    : undefined;
  return failure(`set ${what} to ${value} in ${file}`, code, facts, hint);
}
