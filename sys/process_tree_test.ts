import assert from "node:assert/strict";
import { readStat } from "./process.ts";
import { killTree, membersOf } from "./process_tree.ts";
import { sleep } from "./timer.ts";

Deno.test("a tree is its descendants, and those of its sessions", () => {
  const stats = new Map([
    [1, { parent: 0, session: 1 }], // init
    [5, { parent: 1, session: 5 }], // the root
    [6, { parent: 5, session: 5 }],
    [7, { parent: 6, session: 7 }], // went into a session of its own
    [8, { parent: 1, session: 5 }], // lost its parent
    [9, { parent: 1, session: 9 }], // another's
    [10, { parent: 9, session: 9 }],
  ]);
  assert.deepEqual(membersOf(5, new Set([5]), stats), [5, 6, 7, 8]);
});

Deno.test("killTree() leaves none of a tree, and all others", async () => {
  const script = "(sleep 100 & setsid sleep 100 & wait) & sleep 100";
  const start = () =>
    new Deno.Command("setsid", { args: ["sh", "-c", script] }).spawn();
  const [tree, other] = [start(), start()];
  const all = () =>
    Array.from(Deno.readDirSync("/proc"), ({ name }) => Number(name))
      .filter((pid) => pid > 0);
  const alive = (root: number) => {
    const stats = new Map(
      all().flatMap((pid) => {
        const stat = readStat(pid);
        return stat && stat.state !== "Z" ? [[pid, stat] as const] : [];
      }),
    );
    return membersOf(root, new Set([root]), stats);
  };
  const until = async (root: number, count: number) => {
    while (alive(root).length !== count) await sleep(5);
  };
  await until(tree.pid, 5);
  await until(other.pid, 5);
  const before = alive(tree.pid);
  killTree(tree.pid, all);
  await tree.status;
  while (
    before.some((pid) => !["Z", undefined].includes(readStat(pid)?.state))
  ) {
    await sleep(5);
  }
  assert.equal(alive(other.pid).length, 5);
  killTree(other.pid, all);
  await other.status;
});
