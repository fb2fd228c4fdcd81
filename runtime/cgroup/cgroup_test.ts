/**
 * The kernel's view of cgroups made here. Each test runs on the hierarchies as
 * they are mounted, and, on a hybrid host, also as if there was nothing but v1.
 *
 * @module
 */
import assert from "node:assert/strict";
import { openCgroup } from "./cgroup.ts";
import { createCgroup } from "./create.ts";
import type { CgroupError } from "./errors.ts";
import { frozenMark } from "./freezer.ts";
import { discoverHierarchies, type Hierarchies } from "./hierarchies.ts";
import { readMemoryUsage, readOomKills } from "./memory.ts";
import { planCgroup } from "./plan.ts";
import { updateCgroup } from "./update.ts";
import { memoryLimit, output, read, spawnIn, withCgroup } from "./testing.ts";
import { alongside } from "../../tests/alongside.ts";
import { eventually } from "../../tests/rkl.ts";
import { needs } from "../../tests/facts.ts";

const MIB = 1 << 20;
const host = discoverHierarchies();
const views: Hierarchies[] = [host];
if (host.mode === "hybrid") views.push({ mode: "v1", v1: host.v1 });

/** One test for each view of the host that has the controllers it needs. */
function kernelTest(
  name: string,
  controllers: string[],
  body: (h: Hierarchies, id: string) => Promise<void>,
) {
  const facts = controllers.map((c) => `cgroup-controllers:${c}` as const);
  for (const h of views) {
    Deno.test({
      name: `${h.mode}: ${name}`,
      ...needs("root", ...facts),
      fn: () => body(h, `rkl-test-${crypto.randomUUID().slice(0, 8)}`),
    });
  }
}

kernelTest("the kernel has the limits", ["cpu", "memory", "pids"], (h, id) => {
  const resources = {
    cpu: { quota: 50000, period: 100000, shares: 1024 },
    memory: { limit: 64 * MIB, swap: 64 * MIB },
    pids: { limit: 50 },
  };
  return withCgroup(h, id, resources, async (cgroup, plan) => {
    const kid = spawnIn(plan, "exec sleep 100");
    await eventually("one process", () => cgroup.processes().length === 1);
    assert.deepEqual(cgroup.processes(), [kid.pid]);
    // What it had before it came is not counted, so there is none at first.
    await eventually("memory", () => readMemoryUsage(cgroup.paths)! > 0);
    assert.ok(readMemoryUsage(cgroup.paths)! <= 64 * MIB);
    assert.equal(readOomKills(cgroup.paths), 0);
    assert.equal(memoryLimit(cgroup), 64 * MIB);
    assert.equal(
      read(cgroup, "memory", "memory.memsw.limit_in_bytes", "memory.swap.max"),
      cgroup.paths["memory"] ? String(64 * MIB) : "0",
    );
    assert.equal(read(cgroup, "pids", "pids.max", "pids.max"), "50");
    assert.equal(
      read(cgroup, "cpu", "cpu.cfs_quota_us", "cpu.max").split(" ")[0],
      "50000",
    );
    cgroup.kill();
    assert.equal((await kid.output()).signal, "SIGKILL");
  });
});

kernelTest(
  "processors and memory nodes are set or inherited",
  ["cpuset"],
  (h, id) => {
    return withCgroup(h, id, { cpu: { cpus: "0" } }, async (cgroup, plan) => {
      assert.equal(read(cgroup, "cpuset", "cpuset.cpus", "cpuset.cpus"), "0");
      assert.equal(await output(spawnIn(plan, "nproc")), "1\n");
    });
  },
);

kernelTest("remove() waits for the last process", [], async (h, id) => {
  const plan = planCgroup(h, id);
  const cgroup = createCgroup(plan);
  const kid = spawnIn(plan, "exec sleep 100");
  await eventually("one process", () => cgroup.processes().length === 1);
  setTimeout(() => kid.kill("SIGKILL"), 300);
  await cgroup.remove();
  assert.ok(!cgroup.exists());
  assert.equal((await kid.output()).signal, "SIGKILL");
  await cgroup.remove(); // what is gone need not be removed
});

kernelTest("remove() names the processes that do not go", [], (h, id) => {
  return withCgroup(h, id, {}, async (cgroup, plan) => {
    const kid = spawnIn(plan, "exec sleep 100");
    await eventually("one process", () => cgroup.processes().length === 1);
    await assert.rejects(cgroup.remove(20), (error: CgroupError) => {
      assert.deepEqual(error.pids, [kid.pid]);
      assert.match(error.message, new RegExp(`process ${kid.pid} still in it`));
      return true;
    });
    cgroup.kill();
    await kid.output();
  });
});

kernelTest("remove() takes cgroups below with it", [], (h, id) => {
  return withCgroup(h, id, {}, async (cgroup) => {
    for (const dir of Object.values(cgroup.paths)) {
      Deno.mkdirSync(`${dir}/a/b`, { recursive: true });
    }
    await cgroup.remove();
    assert.ok(!cgroup.exists());
  });
});

kernelTest(
  "a frozen process stands still until it is thawed",
  [],
  (h, id) => {
    return withCgroup(h, id, {}, async (cgroup, plan) => {
      const kid = spawnIn(plan, "while :; do :; done");
      const time = () =>
        Deno.readTextFileSync(`/proc/${kid.pid}/stat`).split(" ")[13];
      const { file, mark } = frozenMark(plan.paths)!;
      const isMarked = () => Deno.readTextFileSync(file)[0] === mark;
      await eventually("one process", () => cgroup.processes().length === 1);
      assert.equal(cgroup.isFrozen(), false);
      assert.equal(isMarked(), false);
      cgroup.freeze();
      assert.equal(cgroup.isFrozen(), true);
      assert.equal(isMarked(), true);
      const before = time();
      await new Promise((resolve) => setTimeout(resolve, 100));
      assert.equal(time(), before);
      cgroup.thaw();
      assert.equal(cgroup.isFrozen(), false);
      assert.equal(isMarked(), false);
      await eventually("time passes again", () => time() !== before);
      cgroup.freeze();
      cgroup.kill(); // reaches frozen processes as well
      assert.equal((await kid.output()).signal, "SIGKILL");
    });
  },
);

kernelTest(
  "kill() reaches processes that fork all the time",
  ["pids"],
  (h, id) => {
    return withCgroup(h, id, { pids: { limit: 100 } }, async (cgroup, plan) => {
      const forker = "while :; do sleep 0.01; done &\n";
      const kid = spawnIn(plan, forker.repeat(20) + "wait");
      await eventually("a crowd", () => cgroup.processes().length > 20);
      cgroup.kill();
      await cgroup.remove();
      assert.deepEqual(openCgroup(cgroup.paths).processes(), []);
      await kid.output();
    });
  },
);

kernelTest("kills for lack of memory are counted", ["memory"], (h, id) => {
  const resources = { memory: { limit: 16 * MIB, swap: 16 * MIB } };
  return withCgroup(h, id, resources, async (cgroup, plan) => {
    await output(spawnIn(plan, "head -c 64m /dev/zero | tail"));
    assert.ok(readOomKills(cgroup.paths) > 0);
  });
});

const DEVICES = {
  devices: [
    { allow: false, access: "rwm" },
    { allow: true, type: "c", major: 10, minor: 229, access: "rw" },
  ],
};

kernelTest("devices are those that are allowed", [], (h, id) => {
  return withCgroup(h, id, DEVICES, async (_, plan) => {
    const dir = Deno.makeTempDirSync({ dir: "/dev" });
    const script = `cd ${dir}
      mknod zero c 1 5 && mknod mem c 1 1 && mknod fuse c 10 229 || exit 1
      head -c 1 zero >/dev/null && echo zero
      (: < mem) 2>&1 | grep -o 'ermitted'
      (: <> fuse) 2>&1 | grep -o 'ermitted'
      true`;
    try {
      assert.equal(await output(spawnIn(plan, script)), "zero\nermitted\n");
    } finally {
      Deno.removeSync(dir, { recursive: true });
    }
  });
});

// Where v1 has the device controller, it is hidden from this one.
if (host.unified) {
  Deno.test({
    name: "v2: an eBPF program decides about devices",
    ...needs("root"),
    fn() {
      const v1 = new Map([...host.v1].filter(([name]) => name !== "devices"));
      const h = { ...host, v1 };
      return withCgroup(h, "rkl-test-ebpf", DEVICES, async (_, plan) => {
        assert.ok(plan.devices);
        const script = "cat /dev/kmsg 2>&1 | grep -o 'ermitted'; " +
          "head -c 1 /dev/zero > /dev/null && echo zero";
        assert.equal(await output(spawnIn(plan, script)), "ermitted\nzero\n");
      });
    },
  });
}

Deno.test({
  name: "v2: a parent with processes is named when it cannot give controllers",
  ...needs("root", "cgroup-v2"),
  fn() {
    return withCgroup(host, "/rkl-test-parent", {}, async (parent, plan) => {
      const kid = spawnIn(plan, "exec sleep 100");
      await eventually("one process", () => parent.processes().length === 1);
      const child = "/rkl-test-parent/child";
      assert.throws(
        () => createCgroup(planCgroup(host, child, { cpu: { shares: 2 } })),
        /cannot enable cpu in .*-parent.*EBUSY \(that cgroup has processes/,
      );
      const free = createCgroup(planCgroup(host, child)); // no limit, no need
      await free.remove();
      parent.kill();
      await kid.output();
    });
  },
});

/** Gives controllers to the children of each of these, once that is there. */
function giveControllers(parents: readonly string[]) {
  for (const parent of parents) {
    for (let given = false; !given;) {
      try {
        const file = `${parent}/cgroup.subtree_control`;
        const all = "+cpu +memory +pids +io +cpuset";
        Deno.writeTextFileSync(file, all, { create: false });
        given = true;
      } catch {
        // Not there yet.
      }
    }
  }
}

Deno.test({
  name: "v2: controllers that another gives at this moment are waited for",
  ...needs("root", "cgroup-v2"),
  async fn() {
    const mount = host.unified!.mount;
    const names = Array.from({ length: 800 }, (_, i) => `/rkl-test-cpu-${i}`);
    const parents = names.map((name) => `${mount}${name}`);
    using _other = await alongside(giveControllers, parents);
    for (const name of names) {
      const plan = planCgroup(host, `${name}/child`, { cpu: { shares: 512 } });
      const cgroup = createCgroup(plan);
      await eventually("the other has", () => {
        const given = `${mount}${name}/cgroup.subtree_control`;
        return Deno.readTextFileSync(given).includes("cpuset");
      });
      await cgroup.remove();
      cgroup.removeParents();
    }
  },
});

kernelTest(
  "a refused limit is named, and nothing is left",
  ["cpu"],
  (h, id) => {
    const plan = planCgroup(h, id, { cpu: { quota: 50000, period: 5 } });
    assert.throws(() => createCgroup(plan), (error: CgroupError) => {
      assert.equal(error.code, "EINVAL");
      assert.match(
        error.message,
        /^cannot set cpu (period|quota) to .*5 in \/.*EINVAL/,
      );
      return true;
    });
    assert.ok(!openCgroup(plan.paths).exists());
    openCgroup(plan.paths).removeParents();
    return Promise.resolve();
  },
);

kernelTest(
  "an empty cgroup of that name is made anew, a used one is not",
  [],
  (h, id) => {
    return withCgroup(h, id, { pids: { limit: 5 } }, async (cgroup) => {
      const plan = planCgroup(h, id);
      createCgroup(plan);
      assert.equal(read(cgroup, "pids", "pids.max", "pids.max"), "max");
      const kid = spawnIn(plan, "exec sleep 100");
      await eventually("one process", () => cgroup.processes().length === 1);
      assert.throws(
        () => createCgroup(plan),
        new RegExp(`with process ${kid.pid} in it`),
      );
      cgroup.kill();
      await kid.output();
    });
  },
);

kernelTest(
  "update() changes limits in either direction",
  ["cpu", "memory"],
  (h, id) => {
    const memory = (mib: number) => ({ limit: mib * MIB, swap: mib * MIB });
    const start = { memory: memory(64), cpu: { quota: 50000, period: 100000 } };
    return withCgroup(h, id, start, (cgroup) => {
      for (
        const [mib, quota, period] of [[128, 2000, 2000], [32, 90000, 100000]]
      ) {
        updateCgroup(
          cgroup,
          { memory: memory(mib!), cpu: { quota, period } },
          h,
        );
        assert.equal(memoryLimit(cgroup), mib! * MIB);
        assert.equal(
          read(cgroup, "cpu", "cpu.cfs_quota_us", "cpu.max").split(" ")[0],
          String(quota),
        );
      }
      updateCgroup(cgroup, { cpu: { period: 200000 } }, h);
      assert.equal(
        read(cgroup, "cpu", "cpu.cfs_quota_us", "cpu.max").split(" ")[0],
        "90000",
      );
      return Promise.resolve();
    });
  },
);

kernelTest(
  "update() enters a controller that was not needed before",
  ["cpu"],
  (h, id) => {
    return withCgroup(h, id, {}, async (cgroup, plan) => {
      const kid = spawnIn(plan, "sleep 100 & exec sleep 100");
      await eventually("two processes", () => cgroup.processes().length === 2);
      updateCgroup(cgroup, { cpu: { shares: 512 } }, h);
      assert.equal(
        read(cgroup, "cpu", "cpu.shares", "cpu.weight"),
        cgroup.paths["cpu"] ? "512" : "59",
      );
      const cpu = openCgroup({ cpu: cgroup.paths["cpu"] ?? cgroup.paths[""]! });
      assert.deepEqual(
        cpu.processes().toSorted(),
        cgroup.processes().toSorted(),
      );
      cgroup.kill();
      await kid.output();
    });
  },
);

kernelTest("update() refuses less memory than is in use where asked to look", [
  "memory",
], (h, id) => {
  return withCgroup(h, id, {}, async (cgroup, plan) => {
    const kid = spawnIn(plan, "exec sleep 100");
    await eventually(
      "more memory is in use",
      () => (readMemoryUsage(cgroup.paths) ?? 0) > 4096,
    );
    const memory = { limit: 4096, checkBeforeUpdate: true };
    assert.throws(
      () => updateCgroup(cgroup, { memory }, h),
      /bytes are in use/,
    );
    assert.throws(
      () => updateCgroup(cgroup, { devices: [{ allow: true }] }, h),
      /cannot change the device rules/,
    );
    cgroup.kill();
    await kid.output();
  });
});
