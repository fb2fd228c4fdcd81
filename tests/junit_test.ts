import assert from "node:assert/strict";
import { parseJunit } from "./junit.ts";

Deno.test("parseJunit() reads results, and counts steps with their test", () => {
  const xml = `<testsuite name="./a_test.ts" tests="4">
    <testcase name="a &quot;b&quot; &lt;c&gt;" classname="./a_test.ts" line="1" col="6">
    </testcase>
    <testcase name="d" classname="./a_test.ts" line="3" col="6">
        <skipped/>
    </testcase>
    <testcase name="e" classname="./a_test.ts" line="4" col="6">
        <failure message="1 test step failed">1 test step failed.</failure>
    </testcase>
    <testcase name="e &gt; f" classname="./a_test.ts" line="5" col="11">
        <failure message="no">no</failure>
    </testcase>
  </testsuite>`;
  const file = "a_test.ts";
  assert.deepEqual(parseJunit(xml), [
    { file, line: 1, name: 'a "b" <c>', result: "passed" },
    { file, line: 3, name: "d", result: "skipped" },
    { file, line: 4, name: "e", result: "failed" },
  ]);
});
