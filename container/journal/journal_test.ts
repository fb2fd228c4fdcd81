import assert from "node:assert/strict";
import type { Store } from "../../runtime/store.ts";
import { sleep } from "../../sys/timer.ts";
import { append, journalFile, listNumbers, note, now } from "./journal.ts";
import { followJournal, JournalFollower } from "./follow.ts";
import { readJournal } from "./read.ts";
import { encodeRecord, type Happening } from "./record.ts";

function temporaryStore(): Store & Disposable {
  const directory = Deno.makeTempDirSync({ prefix: "rkl-journal-" });
  return {
    root: `${directory}/root`,
    dataRoot: directory,
    cni: { plugins: [] },
    [Symbol.dispose]: () => Deno.removeSync(directory, { recursive: true }),
  };
}

function happening(action: string, filling = ""): Happening {
  const attributes = filling ? { filling } : {};
  return { type: "container", action, id: "c", attributes };
}

function actions(events: Iterable<{ action: string }>): string[] {
  return Array.from(events, ({ action }) => action);
}

Deno.test("what is noted is read, in order", () => {
  using store = temporaryStore();
  assert.deepEqual([...readJournal(store)], []);
  const before = now();
  assert(note(store, happening("one")));
  assert(note(store, [happening("two"), happening("three")]));
  assert.deepEqual(actions(readJournal(store)), ["one", "two", "three"]);
  for (const { time } of readJournal(store)) {
    assert(before <= time && time <= now());
  }
  assert.equal(Deno.statSync(journalFile(store)).mode! & 0o777, 0o600);
});

Deno.test("what cannot be noted is told, and no failure", () => {
  using store = temporaryStore();
  Deno.mkdirSync(journalFile(store), { recursive: true });
  const told: string[] = [];
  assert(!note(store, happening("start"), (message) => told.push(message)));
  assert.match(told.join(), /^"start c" is missing in the journal: .*EISDIR/);
});

Deno.test("the journal is bounded, and what is kept is whole", () => {
  using store = temporaryStore();
  const filling = "x".repeat(10_000);
  const count = 3500;
  for (let i = 0; i < count; i++) note(store, happening(`${i}`, filling));
  const directory = `${store.dataRoot}/events`;
  const sizes = Array.from(
    Deno.readDirSync(directory),
    ({ name }) => Deno.statSync(`${directory}/${name}`).size,
  );
  const total = sizes.reduce((sum, size) => sum + size, 0);
  assert(total < 21 << 20, `${total} bytes`);
  const numbers = actions(readJournal(store)).map(Number);
  assert(numbers.length > 1600, `${numbers.length} records`);
  const first = numbers[0]!;
  assert.deepEqual(numbers, numbers.map((_, i) => first + i));
  assert.equal(numbers.at(-1), count - 1);
});

Deno.test("a period is found in a long journal without reading all of it", () => {
  using store = temporaryStore();
  const HOUR = 3_600_000_000_000n;
  const filling = "x".repeat(1000);
  for (let i = 0; i < 10_000; i++) {
    const record = encodeRecord(happening(`${i}`, filling), {
      time: BigInt(i) * HOUR,
    });
    assert(append(store, record, "it"));
  }
  assert(listNumbers(`${store.dataRoot}/events`).length > 0);
  const period = { since: 6000n * HOUR, until: 6003n * HOUR };
  const timed = (period?: { since: bigint; until: bigint }) => {
    const begin = performance.now();
    const found = actions(readJournal(store, period));
    return { found, took: performance.now() - begin };
  };
  const whole = timed();
  assert.equal(whole.found.length, 10_000);
  const some = Array.from({ length: 5 }, () => timed(period));
  for (const { found } of some) {
    assert.deepEqual(found, ["6000", "6001", "6002", "6003"]);
  }
  const took = Math.min(...some.map(({ took }) => took));
  assert(took < whole.took / 3, `${took} of ${whole.took} ms`);
});

Deno.test("a follower misses nothing where a new file is begun", async () => {
  using store = temporaryStore();
  note(store, happening("before"));
  using follower = new JournalFollower(store);
  const filling = "x".repeat(10_000);
  const seen: string[] = [];
  const count = 1000;
  for (let i = 0; i < count; i++) {
    note(store, happening(`${i}`, filling));
    if (i % 7 === 0) seen.push(...actions(follower.read()));
  }
  seen.push(...actions(follower.read()));
  assert.deepEqual(seen, Array.from({ length: count }, (_, i) => `${i}`));
  assert(listNumbers(`${store.dataRoot}/events`).length > 1);
  await sleep(0);
});

Deno.test("a follower hears of what is noted, from since on and until the end", async () => {
  using store = temporaryStore();
  note(store, happening("before"));
  const since = now();
  note(store, happening("since"));
  const until = now() + 2_000_000_000n;
  const seen: string[] = [];
  const following = (async () => {
    for await (const { action } of followJournal(store, { since, until })) {
      seen.push(action);
    }
  })();
  await sleep(50);
  note(store, happening("later"));
  await following;
  note(store, happening("after"));
  assert.deepEqual(seen, ["since", "later"]);
});

Deno.test("writers that are killed spoil nothing of what they and others wrote", async () => {
  using store = temporaryStore();
  const module = new URL("./journal.ts", import.meta.url).href;
  const script = `
    const { note } = await import(${JSON.stringify(module)});
    const store = ${JSON.stringify(store)};
    const [type, id, attributes] = ["container", String(Deno.pid), {
      filling: "x".repeat(8000),
    }];
    for (let i = 0;; i++) {
      note(store, { type, action: String(i), id, attributes });
      if (i === 0) console.log("begun");
    }
  `;
  const writers = Array.from(
    { length: 4 },
    () =>
      new Deno.Command(Deno.execPath(), {
        args: ["eval", "--no-check", script],
        stdout: "piped",
      }).spawn(),
  );
  await Promise.all(writers.map(async (writer, i) => {
    const reader = writer.stdout.getReader();
    await reader.read(); // its first record is written
    await sleep(50 + 60 * i);
    writer.kill("SIGKILL");
    await reader.cancel();
    await writer.status;
  }));
  note(store, happening("after"));
  const events = [...readJournal(store)];
  assert.equal(events.pop()!.action, "after");
  const numbers = Map.groupBy(events, ({ id }) => id);
  assert(numbers.size > 0); // the first records may have made room
  for (const [id, own] of numbers) {
    const first = Number(own[0]!.action);
    assert.deepEqual(
      own.map(({ action }) => Number(action)),
      own.map((_, i) => first + i),
      id,
    );
  }
});
