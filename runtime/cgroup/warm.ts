/**
 * Waking the lock that moves processes between cgroups.
 *
 * On v1 a process enters a cgroup by writing to `cgroup.procs`, for which the
 * kernel takes `cgroup_threadgroup_rwsem` as a writer. If nobody did so for a
 * while, that waits for a grace period of RCU: 10 to 20 ms, most of what a
 * container takes to start. The wait needs no processor, so it is begun as soon
 * as it is known that a container will be made, and is over when init enters.
 *
 * @module
 */
import { O, open } from "../../sys/fd.ts";
import { addressOf } from "../../sys/memory.ts";
import { syscallElsewhere } from "../../sys/syscall.ts";

const ZERO = new TextEncoder().encode("0");

/**
 * Takes the lock once, on another thread, by entering the cgroup this process
 * is in already. Does nothing where there is no v1.
 */
export function wakeCgroups(): void {
  const file = ownProcs(
    Deno.readTextFileSync("/proc/self/mountinfo"),
    Deno.readTextFileSync("/proc/self/cgroup"),
  );
  if (!file) return;
  const procs = open(file, O.WRONLY);
  // A refusal is fine: the lock was taken before the kernel looked further.
  void syscallElsewhere("write", procs.number, addressOf(ZERO), 1)
    .then(() => procs[Symbol.dispose]());
}

/** The `cgroup.procs` of the own cgroup in some v1 hierarchy. */
export function ownProcs(
  mountinfo: string,
  cgroup: string,
): string | undefined {
  for (const line of mountinfo.split("\n")) {
    const [before = "", after] = line.split(" - cgroup ");
    if (after === undefined) continue;
    const [root, mount] = before.split(" ").slice(3, 5);
    const controllers = after.split(" ")[1]!.split(",");
    const own = cgroup.split("\n").map((entry) => entry.split(":"))
      .find(([, names]) => controllers.includes(names!.split(",")[0]!))?.[2];
    if (own === undefined || root !== "/") continue;
    return `${mount}${own === "/" ? "" : own}/cgroup.procs`;
  }
  return undefined;
}
