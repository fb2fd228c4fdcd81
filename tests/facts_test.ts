import assert from "node:assert/strict";
import { type Fact, has, needs } from "./facts.ts";

Deno.test("needs() lets a test run where all facts hold", () => {
  assert.deepEqual(needs(), { ignore: false });
  assert.deepEqual(needs("tool:env", "kernel:5.4"), { ignore: false });
});

Deno.test("needs() ignores a test, and reports where and why", async () => {
  const report = await Deno.makeTempFile({ prefix: "rkl-test-" });
  const before = Deno.env.get("RKL_TEST_REPORT");
  Deno.env.set("RKL_TEST_REPORT", report);
  try {
    assert.deepEqual(needs("tool:env", "tool:no-such"), { ignore: true });
    const { line, ...rest } = JSON.parse(await Deno.readTextFile(report));
    assert.equal(typeof line, "number");
    assert.deepEqual(rest, {
      file: "tests/facts_test.ts",
      reason: "needs tool:no-such — the program no-such in PATH",
    });
  } finally {
    if (before) Deno.env.set("RKL_TEST_REPORT", before);
    else Deno.env.delete("RKL_TEST_REPORT");
    await Deno.remove(report);
  }
});

Deno.test("has() compares kernel releases as numbers", () => {
  assert.equal(has("kernel:2.6"), true);
  assert.equal(has("kernel:99.0"), false);
});

Deno.test("has() refuses a fact that nobody defined", () => {
  assert.throws(() => has("apparmour" as Fact), /Unknown fact "apparmour"/);
  assert.throws(() => has("kernel" as Fact), /Unknown fact "kernel"/);
});
