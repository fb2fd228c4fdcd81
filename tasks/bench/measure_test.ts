import assert from "node:assert/strict";
import { interleave, quantile, table } from "./measure.ts";

Deno.test("interleave() takes turns and forgets the first round", async () => {
  const order: string[] = [];
  const trial = (name: string, times: number[]) => () => {
    order.push(name);
    return Promise.resolve(times.shift()!);
  };
  const trials = { a: trial("a", [9, 3, 1]), b: trial("b", [8, 2, 4]) };
  assert.deepEqual(await interleave(trials, 2), { a: [1, 3], b: [2, 4] });
  assert.equal(order.join(""), "ababab");
});

Deno.test("quantile() of an even number of values takes the upper one", () => {
  assert.equal(quantile([1, 2, 3, 4], 0.5), 3);
  assert.equal(quantile([1, 2, 3, 4], 1), 4);
});

Deno.test("table() is Markdown", () => {
  assert.equal(
    table(["what", "ms"], [["rkl", "3.1"], ["runc run", "63.0"]]),
    "| what     |   ms |\n" +
      "| -------- | ---: |\n" +
      "| rkl      |  3.1 |\n" +
      "| runc run | 63.0 |",
  );
});
