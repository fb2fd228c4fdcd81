import assert from "node:assert/strict";
import { type CgroupStats, readStats } from "./stats.ts";

/** The statistics of a cgroup whose directories hold these files. */
function stats(dirs: Record<string, Record<string, string>>): CgroupStats {
  const root = Deno.makeTempDirSync();
  try {
    const paths: Record<string, string> = {};
    for (const [controller, files] of Object.entries(dirs)) {
      paths[controller] = `${root}/${controller || "unified"}`;
      Deno.mkdirSync(paths[controller]);
      for (const [name, text] of Object.entries(files)) {
        Deno.writeTextFileSync(`${paths[controller]}/${name}`, `${text}\n`);
      }
    }
    return readStats(paths);
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
}

Deno.test("stats are read from v2", () => {
  const found = stats({
    "": {
      "cpu.stat": "usage_usec 30\nuser_usec 20\nsystem_usec 10\n" +
        "nr_periods 4\nnr_throttled 2\nthrottled_usec 1500",
      "memory.current": "4096",
      "memory.max": "8192",
      "memory.peak": "5000",
      "memory.swap.current": "0",
      "memory.swap.max": "max",
      "memory.stat": "anon 1\ninactive_file 2",
      "memory.events": "low 0\noom 1\noom_kill 3",
      "pids.current": "2",
      "pids.max": "max",
      "io.stat": "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n8:16",
    },
  });
  const none = { readBytes: 0, writeBytes: 0, readOps: 0, writeOps: 0 };
  assert.deepEqual(found, {
    cpu: {
      usageUsec: 30,
      userUsec: 20,
      systemUsec: 10,
      throttledUsec: 1500,
      periods: 4,
      throttledPeriods: 2,
    },
    memory: {
      usageBytes: 4096,
      limitBytes: 8192,
      peakBytes: 5000,
      swapBytes: 0,
      inactiveFileBytes: 2,
      oomKills: 3,
    },
    pids: { current: 2 },
    io: [
      { device: "8:0", readBytes: 1, writeBytes: 2, readOps: 3, writeOps: 4 },
      { device: "8:16", ...none },
    ],
  });
});

Deno.test("stats are read from v1, in the same units", () => {
  const found = stats({
    cpu: { "cpu.stat": "nr_periods 4\nnr_throttled 2\nthrottled_time 1500999" },
    cpuacct: {
      "cpuacct.usage": "30999",
      "cpuacct.usage_user": "20000",
      "cpuacct.usage_sys": "10999",
    },
    memory: {
      "memory.usage_in_bytes": "4096",
      "memory.limit_in_bytes": "8192",
      "memory.memsw.limit_in_bytes": "10240",
      "memory.max_usage_in_bytes": "5000",
      "memory.stat": "swap 1\ntotal_swap 512\ntotal_inactive_file 2",
      "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 3",
    },
    pids: { "pids.current": "2", "pids.max": "50" },
    blkio: {
      "blkio.throttle.io_service_bytes_recursive":
        "8:0 Read 1\n8:0 Write 2\n8:0 Sync 3\n8:0 Total 3\nTotal 3",
      "blkio.throttle.io_serviced_recursive":
        "8:0 Read 3\n8:0 Write 4\nTotal 7",
    },
  });
  assert.deepEqual(found, {
    cpu: {
      usageUsec: 30,
      userUsec: 20,
      systemUsec: 10,
      throttledUsec: 1500,
      periods: 4,
      throttledPeriods: 2,
    },
    memory: {
      usageBytes: 4096,
      limitBytes: 8192,
      peakBytes: 5000,
      swapBytes: 512,
      swapLimitBytes: 2048,
      inactiveFileBytes: 2,
      oomKills: 3,
    },
    pids: { current: 2, limit: 50 },
    io: [{
      device: "8:0",
      readBytes: 1,
      writeBytes: 2,
      readOps: 3,
      writeOps: 4,
    }],
  });
});

Deno.test("on a hybrid host, processor time comes from v2", () => {
  const found = stats({
    "": { "cpu.stat": "usage_usec 30\nuser_usec 20\nsystem_usec 10" },
    memory: { "memory.limit_in_bytes": "9223372036854771712" },
  });
  assert.deepEqual(found, {
    cpu: { usageUsec: 30, userUsec: 20, systemUsec: 10 },
    memory: {},
    pids: {},
  });
});
