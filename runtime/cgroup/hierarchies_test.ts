import assert from "node:assert/strict";
import { CgroupError } from "./errors.ts";
import { parseHierarchies } from "./hierarchies.ts";

const V2 =
  "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate";
const HYBRID = `\
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw`;

Deno.test("a host with only a cgroup2 mount is v2", () => {
  const h = parseHierarchies(V2, "0::/user.slice");
  assert.equal(h.mode, "v2");
  assert.equal(h.unified?.mount, "/sys/fs/cgroup");
  assert.equal(h.v1.size, 0);
});

Deno.test("a host with both is hybrid, and shared mounts count for each of their controllers", () => {
  const h = parseHierarchies(HYBRID);
  assert.equal(h.mode, "hybrid");
  assert.equal(h.unified?.mount, "/sys/fs/cgroup/unified");
  assert.deepEqual([...h.v1.keys()], ["cpu", "cpuacct", "memory"]);
  assert.equal(h.v1.get("cpuacct")?.mount, "/sys/fs/cgroup/cpu,cpuacct");
});

Deno.test("a host without cgroup2 is v1", () => {
  const text = HYBRID.split("\n").slice(0, -1).join("\n");
  const h = parseHierarchies(text);
  assert.equal(h.mode, "v1");
  assert.equal(h.unified, undefined);
});

Deno.test("a mount that the process is below is taken before one that it is not", () => {
  const other =
    "33 23 0:40 /docker/other /mnt/other rw - cgroup cgroup rw,pids";
  const own =
    "34 23 0:40 /docker/own /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids";
  const h = parseHierarchies(`${other}\n${own}`, "4:pids:/docker/own/sub");
  assert.deepEqual(h.v1.get("pids"), {
    mount: "/sys/fs/cgroup/pids",
    root: "/docker/own",
  });
});

Deno.test("of two mounts around the process, the wider is taken", () => {
  const narrow = "33 23 0:40 /a /mnt/a rw - cgroup2 cgroup2 rw";
  const h = parseHierarchies(`${narrow}\n${V2}`, "0::/a/b");
  assert.equal(h.unified?.mount, "/sys/fs/cgroup");
});

Deno.test("escaped characters of a mount point are read", () => {
  const h = parseHierarchies("1 2 0:3 / /my\\040groups rw - cgroup2 none rw");
  assert.equal(h.unified?.mount, "/my groups");
});

Deno.test("a host without cgroups is an error that says what to mount", () => {
  assert.throws(() => parseHierarchies("1 2 0:3 / / rw - ext4 /dev/sda rw"), {
    name: "CgroupError",
    message: /mount -t cgroup2/,
  });
  assert.throws(() => parseHierarchies(""), CgroupError);
});
