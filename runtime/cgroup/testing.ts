/**
 * What tests of cgroups share: making them, and processes in them.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Cgroup } from "./cgroup.ts";
import { createCgroup } from "./create.ts";
import type { Hierarchies } from "./hierarchies.ts";
import { type CgroupPlan, planCgroup } from "./plan.ts";
import type { LinuxResources } from "./resources.ts";

/** Runs a shell script in the cgroup of `plan`. */
export function spawnIn(plan: CgroupPlan, script: string): Deno.ChildProcess {
  // The one that processes() looks at comes last: then it is in all.
  const into = plan.into ? [`${plan.into}/cgroup.procs`] : [];
  const home = (file: string) => Number(file.includes("/freezer/"));
  const joins = plan.join.toSorted((a, b) => home(a) - home(b));
  const files = [...joins, ...into];
  const enter = files.map((file) => `echo 0 > ${file} || exit 99`);
  return new Deno.Command("sh", {
    args: ["-c", [...enter, script].join("\n")],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Waits for the end of `child`; returns what it wrote. */
export async function output(child: Deno.ChildProcess): Promise<string> {
  const { stdout, stderr } = await child.output();
  const text = new TextDecoder();
  return text.decode(stdout) + text.decode(stderr);
}

/** Makes a cgroup, hands it to `body`, and leaves nothing of it. */
export async function withCgroup(
  h: Hierarchies,
  id: string,
  resources: LinuxResources,
  body: (cgroup: Cgroup, plan: CgroupPlan) => Promise<void>,
) {
  const plan = planCgroup(h, id, resources);
  const cgroup = createCgroup(plan);
  try {
    await body(cgroup, plan);
  } finally {
    cgroup.kill();
    await cgroup.remove();
    cgroup.removeParents();
    assert.ok(!cgroup.exists());
  }
}

/** Reads the file that holds a limit in this view. */
export function read(
  cgroup: Cgroup,
  controller: string,
  v1: string,
  v2: string,
) {
  const dir = cgroup.paths[controller];
  const file = dir ? `${dir}/${v1}` : `${cgroup.paths[""]}/${v2}`;
  return Deno.readTextFileSync(file).trim();
}

/** How much memory it may use, in bytes. */
export function memoryLimit(cgroup: Cgroup): number {
  return Number(
    read(cgroup, "memory", "memory.limit_in_bytes", "memory.max"),
  );
}
