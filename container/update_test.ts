import assert from "node:assert/strict";
import { check } from "../sys/schema.ts";
import { Limits } from "./specification/resource_fields.ts";
import { planUpdate } from "./update.ts";

function plan(current: Parameters<typeof planUpdate>[0], limits: unknown) {
  const read = check(Limits, limits);
  assert.ok("value" in read, JSON.stringify(read));
  return planUpdate(current, read.value);
}

const limit = (memory: unknown) => ({ resources: { limits: { memory } } });

Deno.test("planUpdate() names what is to be changed, and nothing else", () => {
  const current = { devices: [], cpu: { shares: 512, quota: 9, cpus: "0" } };
  const cases: [limits: object, change: object][] = [
    [{ resources: { limits: { cpu: 1 } } }, {
      cpu: { quota: 100000, period: 100000 },
    }],
    [{ resources: { limits: { cpu: 0 } } }, {
      cpu: { quota: -1, period: 100000 },
    }],
    [{ cpuShares: 9, cpusetCpus: "1" }, { cpu: { shares: 9, cpus: "1" } }],
    [{ cpuQuota: -1 }, { cpu: { quota: -1 } }],
    [{ pidsLimit: -1 }, { pids: { limit: -1 } }],
    [{ blockIO: { weight: 10 } }, { blockIO: { weight: 10 } }],
    [{ resources: { requests: { memory: 5 } } }, {
      memory: { reservation: 5 },
    }],
  ];
  for (const [limits, change] of cases) {
    assert.deepEqual(plan(current, limits), change);
  }
});

Deno.test("planUpdate() has swap follow memory where there is none", () => {
  const swapless = { devices: [], memory: { limit: 10, swap: 10 } };
  const swapping = { devices: [], memory: { limit: 10, swap: 30 } };
  const unlimited = { devices: [], memory: { limit: 10, swap: -1 } };
  const memory = { limit: 20, swap: 20 };
  assert.deepEqual(plan({ devices: [] }, limit(20)), { memory });
  assert.deepEqual(plan(swapless, limit(20)), { memory });
  assert.deepEqual(plan(swapping, limit(20)), { memory: { limit: 20 } });
  assert.deepEqual(plan(unlimited, limit(20)), { memory: { limit: 20 } });
  assert.deepEqual(plan(swapless, { memorySwap: 15 }), {
    memory: { swap: 15 },
  });
  assert.deepEqual(plan(swapless, { ...limit(40), memorySwap: -1 }), {
    memory: { limit: 40, swap: -1 },
  });
});

Deno.test("planUpdate() refuses limits that do not fit those there are", () => {
  const devices: [] = [];
  const current = { devices, memory: { limit: 20, swap: 30, reservation: 5 } };
  const cases: [limits: object, message: RegExp][] = [
    [limit(40), /more than that of memory and swap, 30; change both at once$/],
    [{ memorySwap: 15 }, /swap, 15, would be less than that of memory, 20, /],
    [limit(4), /reservation, 5, would be more than the limit of memory, 4$/],
  ];
  for (const [limits, message] of cases) {
    assert.throws(() => plan(current, limits), { message });
  }
  const twice = { resources: { limits: { cpu: 1 } }, cpuPeriod: 50000 };
  assert.throws(() => plan(current, twice), { message: /is given twice/ });
  const none = () => plan({ devices }, { memorySwap: 15 });
  assert.throws(none, { message: /needs one of memory, which it includes$/ });
});
