import assert from "node:assert/strict";
import { labelFields } from "./label_fields.ts";

Deno.test("labels are all of them, or the one that is asked for", () => {
  const { Labels, Label } = labelFields({ tier: "front", empty: "" });
  assert.equal(Labels, "tier=front,empty=");
  assert.deepEqual(["tier", "empty", "none"].map(Label), ["front", "", ""]);
});

Deno.test("what every object has is no label", () => {
  assert.equal(labelFields({}).Label("constructor"), "");
});
