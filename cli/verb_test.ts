import assert from "node:assert/strict";
import { bindOperands } from "./verb.ts";

Deno.test("bindOperands() names what was given", () => {
  assert.deepEqual(bindOperands(["ID", "[SIGNAL]"], ["web"]), {
    id: "web",
    signal: undefined,
  });
  assert.deepEqual(bindOperands(["ID", "COMMAND..."], ["web", "ls", "-la"]), {
    id: "web",
    command: ["ls", "-la"],
  });
  assert.deepEqual(bindOperands(["IMAGE", "[ARGS...]"], ["x"]), {
    image: "x",
    args: [],
  });
});

Deno.test("bindOperands() says what is missing and what is too much", () => {
  assert.throws(() => bindOperands(["ID", "[SIGNAL]"], []), {
    message: "ID is missing; it takes ID [SIGNAL]",
  });
  assert.throws(() => bindOperands(["NAMES..."], []), {
    message: "NAMES is missing; it takes NAMES...",
  });
  assert.throws(() => bindOperands([], ["x"]), {
    message: '"x" is one word too many; it takes no operands',
  });
});
