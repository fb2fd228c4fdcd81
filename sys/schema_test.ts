import assert from "node:assert/strict";
import { showPath, showValue } from "./problem.ts";
import {
  check,
  flag,
  integer,
  list,
  mapped,
  object,
  optional,
  record,
  strictObject,
  textThat,
  withDefault,
} from "./schema.ts";

const text = textThat("a string", () => true);

function messages(result: ReturnType<typeof check>): string[] {
  if (!("problems" in result)) return [];
  return result.problems.map(({ path, message }) => `${path}: ${message}`);
}

Deno.test("check() fills in defaults and leaves absent fields absent", () => {
  const schema = object({
    a: withDefault(list(text, "strings"), []),
    b: optional(text),
    c: withDefault(object({ d: withDefault(flag, true) }), {}),
  });
  assert.deepEqual(check(schema, { x: 1 }), {
    value: { a: [], c: { d: true }, x: 1 },
  });
});

Deno.test("check() tells every problem, with its path", () => {
  const schema = object({
    names: list(text, "strings"),
    sizes: record(integer(1, 9), "sizes"),
    size: mapped(integer(1, 9), (n) => n * 2),
  });
  assert.deepEqual(
    messages(check(schema, { names: ["a", 1], sizes: { "x.y": 0 } })),
    [
      "names[1]: expected a string, got 1",
      'sizes["x.y"]: expected a whole number from 1 to 9, got 0',
      "size: missing; expected a whole number from 1 to 9",
    ],
  );
});

Deno.test("strictObject() refuses other fields and says which there are", () => {
  const schema = strictObject({ memory: text, cpu: text }, { gpu: "no GPUs" });
  assert.deepEqual(
    messages(
      check(schema, { memory: "", cpu: "", memroy: 1, x: 1, gpu: 1 }),
    ),
    [
      "memroy: unknown field, did you mean memory?; allowed: memory, cpu",
      "x: unknown field; allowed: memory, cpu",
      "gpu: no GPUs",
    ],
  );
});

Deno.test("a key named __proto__ is a key like another", () => {
  const value = JSON.parse('{"__proto__": "x"}');
  const result = check(record(text, "strings"), value);
  assert.ok("value" in result);
  assert.deepEqual(Object.entries(result.value), [["__proto__", "x"]]);
  assert.deepEqual(
    messages(check(object({ toString: text }), {})),
    ["toString: missing; expected a string"],
  );
});

Deno.test("showPath() and showValue() write what a reader would", () => {
  assert.equal(showPath(["a", 0, "b c", "d-e"]), 'a[0]["b c"].d-e');
  assert.equal(showValue("a\nb"), '"a\\nb"');
  assert.equal(showValue(undefined), "undefined");
  assert.equal(showValue("x".repeat(99)), `"${"x".repeat(56)}…`);
  assert.equal(showValue(new Array(99).fill(1)), "a list of 99");
});
