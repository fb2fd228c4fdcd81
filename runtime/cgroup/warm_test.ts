import assert from "node:assert/strict";
import { ownProcs } from "./warm.ts";

const HYBRID = `31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw
33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw`;

Deno.test("ownProcs() is the own cgroup in a v1 hierarchy", () => {
  const own = "2:cpu,cpuacct:/user/shell\n0::/";
  assert.equal(
    ownProcs(HYBRID, own),
    "/sys/fs/cgroup/cpu,cpuacct/user/shell/cgroup.procs",
  );
  assert.equal(
    ownProcs(HYBRID, "2:cpu,cpuacct:/"),
    "/sys/fs/cgroup/cpu,cpuacct/cgroup.procs",
  );
});

Deno.test("ownProcs() is nothing without v1", () => {
  const v2 = "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw";
  assert.equal(ownProcs(v2, "0::/"), undefined);
});
