import assert from "node:assert/strict";
import { findRounded } from "./rounded.ts";

Deno.test("findRounded() finds a number that a double does not hold", () => {
  assert.deepEqual(findRounded('{\n  "value": 9007199254740993}'), {
    line: 2,
    column: 12,
    message: "a comparison with 9007199254740993 would be one with " +
      "9007199254740992, since only 53 bits of a number count here",
  });
});

Deno.test("findRounded() passes over what is exact, and other fields", () => {
  for (
    const text of [
      '"value": 18446744073709551615',
      '"value": 18446744069414584320',
      '"valueTwo": 9223372036854775808',
      '"limit": 9223372036854775807',
      '"value": 38',
    ]
  ) assert.equal(findRounded(`{${text}}`), undefined, text);
});
