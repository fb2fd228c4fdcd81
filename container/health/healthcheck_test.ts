import assert from "node:assert/strict";
import { check } from "../../sys/schema.ts";
import { healthcheck, planHealthcheck } from "./healthcheck.ts";

function read(value: unknown) {
  const result = check(healthcheck, value);
  if ("value" in result) return result.value;
  throw new Error(
    result.problems.map(({ path, message }) => `${path}: ${message}`).join(
      "\n",
    ),
  );
}

Deno.test("a test is a command for the shell, or a program", () => {
  const tests: [unknown, string[]][] = [
    ["wget -q localhost", ["/bin/sh", "-c", "wget -q localhost"]],
    [["CMD-SHELL", "exit 1"], ["/bin/sh", "-c", "exit 1"]],
    [["CMD", "test", "-e", "/x"], ["test", "-e", "/x"]],
    [["NONE"], []],
  ];
  for (const [test, words] of tests) {
    assert.deepEqual(read({ test }).test, words);
  }
});

Deno.test("what is no check is refused, with what is", () => {
  const refusals: [unknown, RegExp][] = [
    [{ test: [] }, /^test: expected a command: .*CMD, CMD-SHELL or NONE/],
    [{ test: ["NONE", "x"] }, /^test: expected a command/],
    [{ test: ["CMD"] }, /^test: expected a command/],
    [{ test: ["curl", "x"] }, /^test: expected a command/],
    [{ test: "" }, /^test: expected a command/],
    [{ test: "x", interval: 5 }, /^interval: expected a duration such as 30s/],
    [{ test: "x", interval: "5" }, /^interval: expected a duration/],
    [{ test: "x", start_period: "5s" }, /is called startPeriod here/],
    [
      { test: "x", onFailure: "die" },
      /^onFailure: .*none, kill, restart, stop/,
    ],
    [{}, /says nothing/],
  ];
  for (const [value, message] of refusals) {
    assert.throws(() => read(value), { message }, JSON.stringify(value));
  }
});

Deno.test("what is not said of a check, or is 0, is as docker has it", () => {
  const plan = planHealthcheck(read({ test: "x", interval: "0", retries: 0 }));
  assert.deepEqual(plan, {
    test: ["/bin/sh", "-c", "x"],
    interval: 30_000,
    timeout: 30_000,
    startPeriod: 0,
    startInterval: 5_000,
    retries: 3,
    onFailure: "none",
  });
  assert.equal(planHealthcheck(undefined), undefined);
  assert.equal(planHealthcheck(read({ test: ["NONE"] })), undefined);
  assert.throws(() => planHealthcheck(read({ interval: "1s" })), {
    message: /^healthcheck: interval is said of a check that there is not/,
  });
});
