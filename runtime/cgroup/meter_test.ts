import assert from "node:assert/strict";
import { blockOf, CgroupMeter } from "./meter.ts";

/** Files of a cgroup, in a directory of the test's own. */
function files(content: Record<string, string>): string & Disposable {
  const directory = Deno.makeTempDirSync({ prefix: "rkl-meter-" });
  for (const [name, text] of Object.entries(content)) {
    Deno.writeTextFileSync(`${directory}/${name}`, text);
  }
  return Object.assign(directory, {
    [Symbol.dispose]: () => Deno.removeSync(directory, { recursive: true }),
  });
}

const V2 = {
  "cpu.stat": "usage_usec 1500\nuser_usec 1000\nsystem_usec 500\n",
  "memory.current": "5000\n",
  "memory.stat": "anon 1000\nfile 3000\ninactive_file 2000\nactive_file 1000\n",
  "memory.max": "8192\n",
  "pids.current": "3\n",
  "io.stat": "8:0 rbytes=10 wbytes=20 rios=1 wios=1\n8:16 rbytes=1 wbytes=2\n",
};

Deno.test("a cgroup of v2 is read from its directory, again and again", () => {
  using directory = files(V2);
  using meter = new CgroupMeter({ "": `${directory}` });
  const reading = {
    cpuUsec: 1500,
    memoryBytes: 3000,
    block: { read: 11, written: 22 },
    pids: 3,
  };
  assert.deepEqual(meter.read(), reading);
  assert.equal(meter.readLimit(), 8192);
  Deno.writeTextFileSync(`${directory}/pids.current`, "4\n");
  assert.deepEqual(meter.read(), { ...reading, pids: 4 });
});

Deno.test("on a hybrid host figures come from v1, processor time from v2", () => {
  using v2 = files({ "cpu.stat": V2["cpu.stat"] });
  using memory = files({
    "memory.usage_in_bytes": "5000\n",
    "memory.limit_in_bytes": "9223372036854771712\n",
    "memory.stat": "inactive_file 1\nactive_file 7\ntotal_inactive_file 1000\n",
  });
  using blkio = files({
    "blkio.throttle.io_service_bytes_recursive":
      "8:0 Read 10\n8:0 Write 20\n8:0 Sync 5\n8:0 Total 30\nTotal 30\n",
  });
  using meter = new CgroupMeter({
    "": `${v2}`,
    memory: `${memory}`,
    blkio: `${blkio}`,
  });
  assert.deepEqual(meter.read(), {
    cpuUsec: 1500,
    memoryBytes: 4000,
    block: { read: 10, written: 20 },
    pids: undefined,
  });
  // What v1 says of no limit is more than any host has.
  assert(meter.readLimit() > 2 ** 60);
});

Deno.test("v1 alone counts processor time in nanoseconds", () => {
  using cpuacct = files({ "cpuacct.usage": "2500000\n" });
  using meter = new CgroupMeter({ cpuacct: `${cpuacct}` });
  assert.equal(meter.read().cpuUsec, 2500);
});

Deno.test("what nothing counts is undefined, not zero", () => {
  using empty = files({});
  for (const paths of [{}, { "": `${empty}` }]) {
    using meter = new CgroupMeter(paths);
    assert.deepEqual(meter.read(), {
      cpuUsec: undefined,
      memoryBytes: undefined,
      block: undefined,
      pids: undefined,
    });
    assert.equal(meter.readLimit(), Infinity);
  }
});

Deno.test("a cgroup without a device that was used has moved no bytes", () => {
  assert.deepEqual(blockOf(""), { read: 0, written: 0 });
});
