/**
 * Changing the limits of a control group that is there.
 *
 * @module
 */
import type { Cgroup } from "./cgroup.ts";
import { configure, makeWithParents, writeLimits } from "./create.ts";
import { CgroupError } from "./errors.ts";
import { failure, readValue, writeValue } from "./files.ts";
import { discoverHierarchies, type Hierarchies } from "./hierarchies.ts";
import { readMemoryUsage } from "./memory.ts";
import { planCgroup } from "./plan.ts";
import type { LinuxResources } from "./resources.ts";
import { undone, undoOf } from "./undo.ts";

/**
 * Sets the limits that `resources` names and leaves the others as they are. A
 * v1 controller that nothing needed until now is entered first: then the cgroup
 * is in more directories, to be kept again. Returns what puts the limits back
 * as they were.
 *
 * @throws {CgroupError} as {@linkcode planCgroup} and `createCgroup`, for a
 * memory limit below what is in use where `checkBeforeUpdate` asks for that, and
 * for device rules, which stay as they were made; the limits are as they were
 * then
 */
export function updateCgroup(
  cgroup: Cgroup,
  resources: LinuxResources,
  hierarchies: Hierarchies = discoverHierarchies(),
): () => void {
  if (resources.devices?.length) {
    throw new CgroupError(
      "cannot change the device rules of a running container: they are set " +
        "when it is created",
      { what: "device rules", controller: "devices" },
    );
  }
  checkMemory(cgroup, resources);
  const current = { ...resources, cpu: withQuota(cgroup, resources) };
  const plan = planCgroup(hierarchies, pathOf(cgroup, hierarchies), current);
  const entered = Object.entries(plan.paths)
    .filter(([name]) => !(name in cgroup.paths));
  for (const [, dir] of entered) makeWithParents(dir);
  cgroup.add(Object.fromEntries(entered));
  const before = undoOf(plan.writes);
  const undo = () => writeLimits(before);
  try {
    configure(plan);
    const dirs = new Set(entered.map(([, dir]) => dir));
    for (const dir of dirs) moveInto(dir, cgroup);
  } catch (error) {
    throw undone(error, undo);
  }
  return undo;
}

/** Its path below the mount points. */
function pathOf({ paths }: Cgroup, { unified, v1 }: Hierarchies): string {
  for (const [name, dir] of Object.entries(paths)) {
    const mount = name === "" ? unified?.mount : v1.get(name)?.mount;
    if (mount !== undefined && dir.startsWith(`${mount}/`)) {
      return dir.slice(mount.length);
    }
  }
  throw new CgroupError(
    `cannot update the cgroup ${
      Object.values(paths)[0]
    }: its hierarchy is no ` +
      "longer mounted there",
  );
}

/** Moves all processes into a directory, those born meanwhile as well. */
function moveInto(dir: string, cgroup: Cgroup): void {
  const file = `${dir}/cgroup.procs`;
  cgroup.eachProcess((pid) => {
    const value = String(pid);
    const code = writeValue(file, value);
    if (code && code !== "ESRCH") {
      throw failure(`move process ${pid} to ${dir}`, code, { file, value });
    }
  });
}

/** The quota that v2 writes together with the period, if only that is new. */
function withQuota(
  { paths }: Cgroup,
  { cpu }: LinuxResources,
): LinuxResources["cpu"] {
  const unified = paths[""];
  if (!cpu?.period || cpu.quota || unified === undefined) return cpu;
  const quota = Number.parseInt(readValue(`${unified}/cpu.max`) ?? "");
  return Number.isNaN(quota) ? cpu : { ...cpu, quota };
}

function checkMemory({ paths }: Cgroup, { memory }: LinuxResources): void {
  const { limit, checkBeforeUpdate } = memory ?? {};
  if (!checkBeforeUpdate || !limit || limit < 0) return;
  const usage = readMemoryUsage(paths) ?? 0;
  if (usage <= limit) return;
  throw new CgroupError(
    `cannot set memory limit to ${limit}: ${usage} bytes are in use`,
    { what: "memory limit", value: String(limit), controller: "memory" },
  );
}
