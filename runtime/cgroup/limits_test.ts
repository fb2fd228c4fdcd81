import assert from "node:assert/strict";
import { SECTIONS, sharesToWeight, type Version } from "./limits.ts";
import type { LinuxResources } from "./resources.ts";

/** All limits as `file=value`, in order. */
function limits(version: Version, resources: LinuxResources): string[] {
  return SECTIONS.filter((section) => section[version]).flatMap((section) =>
    section.limits(resources, version).map(({ file, value }) =>
      `${file}=${value}`
    )
  );
}

Deno.test("sharesToWeight() keeps the ends and the default, as runc 1.3.2 does", () => {
  const table = [
    [0, 0],
    [1, 1],
    [2, 1],
    [3, 2],
    [102, 17],
    [1024, 100],
    [2000, 170],
    [260000, 9929],
    [262144, 10000],
    [999999, 10000],
  ];
  for (const [shares, weight] of table) {
    assert.equal(sharesToWeight(shares!), weight, `${shares} shares`);
  }
});

Deno.test("cpu limits become the files of each version", () => {
  const resources = {
    cpu: {
      shares: 1024,
      quota: 50000,
      period: 100000,
      burst: 1000,
      idle: 1,
      cpus: "0-1",
      mems: "0",
    },
  };
  assert.deepEqual(limits("v1", resources), [
    "cpuset.cpus=0-1",
    "cpuset.mems=0",
    "cpu.shares=1024",
    "cpu.cfs_period_us=100000",
    "cpu.cfs_quota_us=50000",
    "cpu.cfs_burst_us=1000",
    "cpu.idle=1",
  ]);
  assert.deepEqual(limits("v2", resources), [
    "cpuset.cpus=0-1",
    "cpuset.mems=0",
    "cpu.weight=100",
    "cpu.max=50000 100000",
    "cpu.max.burst=1000",
    "cpu.idle=1",
  ]);
});

Deno.test("a quota of -1 is no limit, and zero is not set", () => {
  assert.deepEqual(limits("v1", { cpu: { quota: -1 } }), [
    "cpu.cfs_quota_us=-1",
  ]);
  assert.deepEqual(limits("v2", { cpu: { quota: -1 } }), ["cpu.max=max"]);
  const zero = { cpu: { quota: 0, period: 0, shares: 0, cpus: "" } };
  assert.deepEqual(limits("v1", zero), []);
  assert.deepEqual(limits("v2", zero), []);
});

Deno.test("a burst above the quota is refused", () => {
  const resources = { cpu: { quota: 1000, burst: 2000 } };
  assert.throws(
    () => limits("v2", resources),
    /burst of 2000 µs.*quota of 1000/,
  );
});

Deno.test("real-time limits are for v1", () => {
  const resources = {
    cpu: { realtimeRuntime: 950000, realtimePeriod: 1000000 },
  };
  assert.deepEqual(limits("v1", resources), [
    "cpu.rt_period_us=1000000",
    "cpu.rt_runtime_us=950000",
  ]);
  assert.throws(() => limits("v2", resources), /realtimeRuntime.*only v1 has/);
});

Deno.test("swap counts memory and swap on v1 and in OCI, swap alone on v2", () => {
  const resources = { memory: { limit: 64, swap: 100, reservation: 32 } };
  assert.deepEqual(limits("v1", resources), [
    "memory.limit_in_bytes=64",
    "memory.memsw.limit_in_bytes=100",
    "memory.soft_limit_in_bytes=32",
  ]);
  assert.deepEqual(limits("v2", resources), [
    "memory.max=64",
    "memory.swap.max=36",
    "memory.low=32",
  ]);
});

Deno.test("swap equal to the memory limit means none", () => {
  const resources = { memory: { limit: 64, swap: 64 } };
  assert.deepEqual(limits("v2", resources), [
    "memory.max=64",
    "memory.swap.max=0",
  ]);
});

Deno.test("-1 lifts the limits of memory, and with it those of swap", () => {
  assert.deepEqual(limits("v1", { memory: { limit: -1 } }), [
    "memory.limit_in_bytes=-1",
    "memory.memsw.limit_in_bytes=-1",
  ]);
  assert.deepEqual(limits("v2", { memory: { limit: 64, swap: -1 } }), [
    "memory.max=64",
    "memory.swap.max=max",
  ]);
});

Deno.test("swap that cannot be is refused with the reason", () => {
  const swap = (memory: LinuxResources["memory"]) => () =>
    limits("v2", { memory });
  assert.throws(swap({ swap: 64 }), /there is no memory limit/);
  assert.throws(swap({ limit: -1, swap: 64 }), /memory is unlimited/);
  assert.throws(swap({ limit: 64, swap: 32 }), /below the memory limit of 64/);
});

Deno.test("what only v1's memory controller has is refused on v2", () => {
  const resources = {
    memory: { limit: 64, swappiness: 0, disableOOMKiller: true, kernelTCP: 32 },
  };
  assert.deepEqual(limits("v1", resources), [
    "memory.limit_in_bytes=64",
    "memory.kmem.tcp.limit_in_bytes=32",
    "memory.swappiness=0",
    "memory.oom_control=1",
  ]);
  for (
    const field of ["swappiness", "disableOOMKiller", "kernelTCP"] as const
  ) {
    const memory = { [field]: resources.memory[field] };
    assert.throws(
      () => limits("v2", { memory }),
      new RegExp(`memory.${field}`),
    );
  }
  assert.deepEqual(limits("v2", { memory: { disableOOMKiller: false } }), []);
});

Deno.test("large numbers are written in digits", () => {
  const resources = { memory: { limit: 2 ** 73 } };
  assert.deepEqual(limits("v2", resources), [
    "memory.max=9444732965739290427392",
  ]);
});

Deno.test("a pids limit of zero or less is no limit", () => {
  assert.deepEqual(limits("v2", { pids: { limit: 50 } }), ["pids.max=50"]);
  assert.deepEqual(limits("v1", { pids: { limit: -1 } }), ["pids.max=max"]);
  assert.deepEqual(limits("v1", { pids: { limit: 0 } }), ["pids.max=max"]);
});

Deno.test("block I/O limits become the files of each version", () => {
  const device = { major: 8, minor: 16 };
  const resources = {
    blockIO: {
      weight: 500,
      weightDevice: [{ ...device, weight: 10 }],
      throttleReadBpsDevice: [{ ...device, rate: 600 }],
      throttleWriteIOPSDevice: [{ ...device, rate: 300 }],
    },
  };
  assert.deepEqual(limits("v1", resources), [
    "blkio.bfq.weight=500",
    "blkio.bfq.weight_device=8:16 10",
    "blkio.throttle.read_bps_device=8:16 600",
    "blkio.throttle.write_iops_device=8:16 300",
  ]);
  assert.deepEqual(limits("v2", resources), [
    "io.bfq.weight=default 500",
    "io.bfq.weight=8:16 10",
    "io.max=8:16 rbps=600",
    "io.max=8:16 wiops=300",
  ]);
  assert.throws(
    () => limits("v1", { blockIO: { leafWeight: 10 } }),
    /leafWeight/,
  );
});

Deno.test("without BFQ, a weight of 10 to 1000 is spread over io.weight's 1 to 10000", () => {
  const section = SECTIONS.find(({ v2 }) => v2 === "io")!;
  const weight = (weight: number) =>
    section.limits({ blockIO: { weight } }, "v2")[0]!.instead!.value;
  assert.equal(weight(10), "default 1");
  assert.equal(weight(1000), "default 10000");
});

Deno.test("huge pages, RDMA and network limits are set where they exist", () => {
  const resources = {
    hugepageLimits: [{ pageSize: "2MB", limit: 4194304 }],
    rdma: { mlx5_1: { hcaHandles: 3, hcaObjects: 10 } },
    network: { classID: 1048577, priorities: [{ name: "eth0", priority: 5 }] },
  };
  assert.deepEqual(limits("v1", resources), [
    "hugetlb.2MB.rsvd.limit_in_bytes=4194304",
    "rdma.max=mlx5_1 hca_handle=3 hca_object=10",
    "net_cls.classid=1048577",
    "net_prio.ifpriomap=eth0 5",
  ]);
  assert.deepEqual(limits("v2", resources), [
    "hugetlb.2MB.rsvd.max=4194304",
    "rdma.max=mlx5_1 hca_handle=3 hca_object=10",
  ]);
  const bad = { hugepageLimits: [{ pageSize: "../2MB", limit: 1 }] };
  assert.throws(() => limits("v2", bad), /sizes look like 2MB/);
});
