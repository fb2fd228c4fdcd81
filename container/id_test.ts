import assert from "node:assert/strict";
import { randomId, shortId } from "./id.ts";

Deno.test("randomId() is 64 hexadecimal digits, others each time", () => {
  assert.match(randomId(), /^[0-9a-f]{64}$/);
  assert.notEqual(randomId(), randomId());
});

Deno.test("shortId() is what people are shown of an id", () => {
  assert.equal(shortId("0123456789abcdef".repeat(4)), "0123456789ab");
});
