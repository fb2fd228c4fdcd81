import assert from "node:assert/strict";
import type { Hierarchies } from "./hierarchies.ts";
import { cgroupPath, planCgroup } from "./plan.ts";

function unified(mount: string, ...controllers: string[]) {
  return { mount, root: "/", controllers: new Set(controllers) };
}

function v1(...controllers: string[]) {
  return new Map(
    controllers.map((name) => [name, { mount: `/cg/${name}`, root: "/" }]),
  );
}

const V2: Hierarchies = {
  mode: "v2",
  unified: unified("/cg", "cpuset", "cpu", "io", "memory", "pids"),
  v1: new Map(),
};
const HYBRID: Hierarchies = {
  mode: "hybrid",
  unified: unified("/cg/unified"),
  v1: v1(
    "cpu",
    "cpuset",
    "memory",
    "pids",
    "devices",
    "freezer",
    "cpuacct",
    "blkio",
  ),
};
const V1: Hierarchies = { mode: "v1", v1: HYBRID.v1 };

Deno.test("on v2, one directory is made and entered by clone", () => {
  const plan = planCgroup(V2, "web", { cpu: { quota: 50000, period: 100000 } });
  assert.deepEqual(plan.dirs, ["/cg/rkl", "/cg/rkl/web"]);
  assert.equal(plan.into, "/cg/rkl/web");
  assert.deepEqual(plan.join, []);
  assert.deepEqual(plan.paths, { "": "/cg/rkl/web" });
  assert.deepEqual(
    plan.writes.map(({ file, value }) => [file, value]),
    [["/cg/rkl/web/cpu.max", "50000 100000"]],
  );
});

Deno.test("on v2, every directory above enables the controllers", () => {
  const { enable } = planCgroup(V2, "/a/b/c", { cpu: { shares: 2 } });
  assert.deepEqual(enable.map(({ file }) => file), [
    "/cg/cgroup.subtree_control",
    "/cg/a/cgroup.subtree_control",
    "/cg/a/b/cgroup.subtree_control",
  ]);
  assert.deepEqual(enable[0]!.controllers, ["memory", "pids", "io", "cpu"]);
  assert.deepEqual(enable[0]!.required, ["cpu"]);
});

Deno.test("on a hybrid host, only the hierarchies in need are entered", () => {
  const plan = planCgroup(HYBRID, "web", { cpu: { shares: 512 } });
  assert.deepEqual(plan.paths, {
    "": "/cg/unified/rkl/web",
    memory: "/cg/memory/rkl/web",
    pids: "/cg/pids/rkl/web",
    cpu: "/cg/cpu/rkl/web",
  });
  assert.equal(plan.into, "/cg/unified/rkl/web");
  assert.deepEqual(plan.join, [
    "/cg/memory/rkl/web/tasks",
    "/cg/pids/rkl/web/tasks",
    "/cg/cpu/rkl/web/tasks",
  ]);
  assert.deepEqual(plan.enable, []);
});

Deno.test("a v1-only host also needs freezer and cpuacct", () => {
  const plan = planCgroup(V1, "web");
  assert.equal(plan.into, undefined);
  assert.deepEqual(Object.keys(plan.paths), [
    "memory",
    "pids",
    "freezer",
    "cpuacct",
  ]);
});

Deno.test("controllers that share a mount share a directory", () => {
  const both = { mount: "/cg/cpu,cpuset", root: "/" };
  const h: Hierarchies = {
    mode: "v1",
    v1: new Map([["cpu", both], ["cpuset", both]]),
  };
  const plan = planCgroup(h, "web", { cpu: { shares: 2, cpus: "0" } });
  assert.deepEqual(plan.dirs, ["/cg/cpu,cpuset/rkl", "/cg/cpu,cpuset/rkl/web"]);
  assert.deepEqual(plan.join, ["/cg/cpu,cpuset/rkl/web/tasks"]);
  assert.deepEqual(plan.inherit, plan.dirs);
});

Deno.test("a controller is used in the version it is mounted in", () => {
  const h: Hierarchies = {
    ...HYBRID,
    unified: unified("/cg/unified", "memory"),
  };
  const plan = planCgroup(h, "web", {
    memory: { limit: 64 },
    pids: { limit: 5 },
  });
  assert.deepEqual(plan.writes.map(({ file }) => file), [
    "/cg/unified/rkl/web/memory.max",
    "/cg/pids/rkl/web/pids.max",
  ]);
});

Deno.test("device rules become v1's lists, or a program where v1 has none", () => {
  const resources = { devices: [{ allow: false, access: "rwm" }] };
  const written = planCgroup(HYBRID, "web", resources);
  assert.equal(written.devices, undefined);
  assert.deepEqual(written.writes[0], {
    what: "device rules",
    controller: "devices",
    file: "/cg/devices/rkl/web/devices.deny",
    value: "a",
  });
  const compiled = planCgroup(V2, "web", resources);
  assert.deepEqual(compiled.writes, []);
  assert.equal(compiled.devices?.allow, false);
  assert.ok(
    compiled.devices!.rules.some((r) => r.major === 1 && r.minor === 3),
  );
  assert.equal(planCgroup(V2, "web", { devices: [] }).devices, undefined);
});

Deno.test("a limit without its controller names both and what the host has", () => {
  const h: Hierarchies = {
    mode: "v2",
    unified: unified("/cg", "pids"),
    v1: new Map(),
  };
  assert.throws(() => planCgroup(h, "web", { memory: { limit: 64 } }), {
    name: "CgroupError",
    message: "cannot set memory limit to 64: it needs controller memory, and " +
      "this host has cgroup v2 with pids",
    controller: "memory",
    what: "memory limit",
  });
  assert.throws(
    () => planCgroup(HYBRID, "web", { network: { classID: 1 } }),
    /network class to 1: it needs controller net_cls, .* v2 with no controllers and v1 with blkio cpu/,
  );
});

Deno.test("unified entries are written line by line and enable their controller", () => {
  const io = "8:0 rbps=1\n8:16 rbps=2";
  const plan = planCgroup(V2, "web", {
    unified: { "io.max": io, "cgroup.max.depth": "3" },
  });
  assert.deepEqual(plan.writes.map(({ file, value }) => [file, value]), [
    ["/cg/rkl/web/io.max", "8:0 rbps=1"],
    ["/cg/rkl/web/io.max", "8:16 rbps=2"],
    ["/cg/rkl/web/cgroup.max.depth", "3"],
  ]);
  assert.deepEqual(plan.enable[0]!.required, ["io"]);
});

Deno.test("unified entries are refused where v2 or the controller is missing", () => {
  const set = (h: Hierarchies, name: string) => () =>
    planCgroup(h, "web", { unified: { [name]: "1" } });
  assert.throws(
    set(V1, "memory.high"),
    /unified\["memory.high"\].*v2's controller memory/,
  );
  assert.throws(set(V2, "hugetlb.2MB.max"), /controller hugetlb/);
  assert.throws(set(V2, "../memory.high"), /must be the name of a file/);
});

Deno.test("memory.kernel is ignored with a warning, as the specification asks", () => {
  const plan = planCgroup(V2, "web", { memory: { kernel: 64 } });
  assert.deepEqual(plan.writes, []);
  assert.match(plan.warnings[0]!, /memory.kernel is ignored/);
});

Deno.test("cgroupPath() keeps absolute paths and puts others below rkl", () => {
  assert.equal(cgroupPath("/a/b"), "/a/b");
  assert.equal(cgroupPath("web"), "/rkl/web");
  assert.equal(cgroupPath("pod/web"), "/rkl/pod/web");
});

Deno.test("cgroupPath() refuses what could lead elsewhere", () => {
  for (const path of ["", "/", "..", "/a/../b", "a//b", "a/", "./a", "//a"]) {
    assert.throws(
      () => cgroupPath(path),
      /every component must be a name/,
      path,
    );
  }
  assert.throws(() => cgroupPath("system.slice:rkl:web"), /systemd's notation/);
});
