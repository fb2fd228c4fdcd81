import assert from "node:assert/strict";
import { nearest } from "./nearest.ts";

Deno.test("nearest() finds the word that was meant, or none", () => {
  const words = ["command", "image", "mounts", "cpu", "name"];
  assert.equal(nearest("comand", words), "command");
  assert.equal(nearest("iamge", words), "image");
  assert.equal(nearest("Mount", words), "mounts");
  assert.equal(nearest("cpus", words), "cpu");
  assert.equal(nearest("volumes", words), undefined);
  assert.equal(nearest("x", words), undefined);
});
