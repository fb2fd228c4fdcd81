import assert from "node:assert/strict";
import { type Outcome, outcomes, ranNowhere, report } from "./report.ts";

const file = "tests/a_test.ts";

Deno.test("outcomes() gives a skipped test the reason of its needs() call", () => {
  const junit = [["a", 5], ["b", 10], ["c", 20]].map(([name, line]) =>
    `<testcase name="${name}" classname="./${file}" line="${line}" col="6">
      <skipped/></testcase>`
  ).join("\n");
  const skips = [
    { file, line: 1, reason: "needs x — for all" },
    { file, line: 12, reason: "needs y — for b" },
    { file: "tests/b_test.ts", line: 2, reason: "needs z — elsewhere" },
  ].map((skip) => JSON.stringify(skip)).join("\n");
  assert.deepEqual(
    outcomes("host", { code: 0, junit, skips }).map((o) => o.reason),
    ["needs x — for all", "needs y — for b", "needs x — for all"],
  );
});

Deno.test("outcomes() counts a run that failed without a failed test", () => {
  const remains = { code: 1, junit: "", skips: "" };
  assert.deepEqual(outcomes("vm", remains).map((o) => [o.result, o.reason]), [
    ["failed", "deno test exited with 1"],
  ]);
});

Deno.test("report() shows which skipped test ran on no machine", () => {
  const outcome = (
    machine: string,
    name: string,
    result: Outcome["result"],
  ): Outcome => ({
    ...{ machine, file, line: 1, name, result },
    ...(result === "skipped" && { reason: "needs x — because" }),
  });
  const all = [
    outcome("host", "a", "skipped"),
    outcome("host", "b", "skipped"),
    outcome("host", "c", "passed"),
    outcome("vm", "a", "passed"),
    outcome("vm", "b", "skipped"),
  ];
  assert.deepEqual(ranNowhere(all).map((o) => o.name), ["b"]);
  assert.equal(
    report(all),
    [
      'SKIP on host: tests/a_test.ts:1 "a": needs x — because; ran elsewhere',
      'SKIP on host: tests/a_test.ts:1 "b": needs x — because; ran nowhere',
      'SKIP on vm: tests/a_test.ts:1 "b": needs x — because; ran nowhere',
      "host: 1 passed, 0 failed, 2 skipped",
      "vm: 1 passed, 0 failed, 1 skipped",
      "Tests that ran on no machine: 1",
      "2 passed, 0 failed, 3 skipped",
    ].join("\n"),
  );
});
