/**
 * `rkl container update`: limits that change, and stay changed.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  cgroupFile,
  type Details,
  failed,
  inspect,
  nameIn,
  proc,
  startSleeper,
  statusOf,
  succeeded,
} from "./container.ts";
import { has, needs } from "./facts.ts";
import { sandbox } from "./rkl.ts";

const MiB = 1024 * 1024;

/** The limits of a container that its cgroup has. */
function limitsOf(details: Details) {
  const v2 = has("cgroup-v2");
  const read = (controller: string, v1: string, v2: string) =>
    cgroupFile(details, controller, [v1, v2]);
  const swap = read("memory", "memory.memsw.limit_in_bytes", "memory.swap.max");
  const memory = read("memory", "memory.limit_in_bytes", "memory.max");
  return {
    memory: Number(memory) / MiB,
    swap: (Number(swap) + (v2 ? Number(memory) : 0)) / MiB,
    cpu: v2
      ? read("cpu", "", "cpu.max")
      : `${read("cpu", "cpu.cfs_quota_us", "")} ` +
        read("cpu", "cpu.cfs_period_us", ""),
    pids: read("pids", "pids.max", "pids.max"),
  };
}

Deno.test({
  name: "update changes limits of running containers, and they stay",
  ...needs("root", "cgroup-controllers:memory", "cgroup-controllers:cpuset"),
  async fn() {
    await using box = sandbox();
    const names = [nameIn(box, "a"), nameIn(box, "b")];
    const flags = ["-m", "32m", "--cpus", "0.5", "--pids-limit", "50"];
    await Promise.all(names.map((name) => startSleeper(box, flags, name)));
    const update = (...words: string[]) =>
      box.rkl("container", "update", ...words);
    const look = async (name = names[0]!) => limitsOf(await inspect(box, name));
    const first = { memory: 32, swap: 32, cpu: "50000 100000", pids: "50" };
    assert.deepEqual(await look(), first);

    // up, both at once, swap following
    const up = ["-m", "64m", "--cpus", "1.5", "--pids-limit", "70"];
    assert.equal(
      succeeded(await update(...up, ...names)),
      `${names[0]}\n${names[1]}\n`,
    );
    const second = { memory: 64, swap: 64, cpu: "150000 100000", pids: "70" };
    assert.deepEqual(await look(), second);
    assert.deepEqual(await look(names[1]), second);

    // with swap, and down again
    succeeded(await update("-m", "48m", "--memory-swap", "96m", names[0]!));
    assert.deepEqual(await look(), { ...second, memory: 48, swap: 96 });
    // a controller that nothing needed until now
    succeeded(await update("--cpuset-cpus", "0", names[0]!));
    const { pid } = await inspect(box, names[0]!);
    assert.equal(statusOf(pid, "Cpus_allowed_list"), "0");

    // and after a restart
    succeeded(await box.rkl("container", "kill", names[0]!));
    await box.rkl("container", "wait", names[0]!);
    succeeded(await update("--pids-limit", "33", names[0]!));
    succeeded(await box.rkl("container", "start", names[0]!));
    const again = await inspect(box, names[0]!);
    assert.deepEqual(limitsOf(again), {
      ...second,
      memory: 48,
      swap: 96,
      pids: "33",
    });
    assert.equal(statusOf(again.pid, "Cpus_allowed_list"), "0");
    assert.match(proc(again.pid, "cmdline"), /^sleep\0/);
    assert.equal(again.config.linux.resources.memory.limit, 48 * MiB);
  },
});

Deno.test({
  name: "an update that fails leaves every limit as it was, and says why",
  ...needs("root", "cgroup-controllers:memory", "cgroup-controllers:cpuset"),
  async fn() {
    await using box = sandbox();
    const name = nameIn(box);
    const flags = ["-m", "32m", "--cpus", "0.5", "--cpuset-cpus", "0"];
    const before = await startSleeper(box, [...flags, "--pids-limit", "50"]);
    const limits = limitsOf(before);
    const update = (...words: string[]) =>
      box.rkl("container", "update", ...words, name);
    // cpuset comes first, cpu before memory, memory before pids
    const much = ["--cpus", "1", "-m", "64m"];
    failed(
      await update(...much, "--pids-limit", String(2 ** 40)),
      125,
      /^rkl: --pids-limit: cannot set pids limit to 1099511627776 in /,
    );
    failed(
      await update(...much, "--cpuset-mems", "63"),
      125,
      /^rkl: --cpuset-mems: cannot set memory nodes to 63 in /,
    );
    failed(
      await update("--memory-swap", "16m"),
      125,
      "the limit of memory and swap, 16777216, would be less than that of " +
        "memory, 33554432, which it includes",
    );
    const after = await inspect(box, name);
    assert.deepEqual(limitsOf(after), limits);
    assert.deepEqual(after.config, before.config);
    failed(
      await update(),
      125,
      /nothing to change; give it a limit or a policy$/m,
    );
    failed(
      await box.rkl("container", "update", "-m", "1m", "none"),
      125,
      /^rkl: container "none" does not exist/,
    );
  },
});
