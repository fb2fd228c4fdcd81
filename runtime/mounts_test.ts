import assert from "node:assert/strict";
import { MS } from "./mount_options.ts";
import { holdShared } from "./mounts.ts";
import type { Step } from "./steps.ts";

Deno.test("holdShared() holds the part of a source that is bound, and no more", () => {
  const bind: Step = {
    op: "bind",
    target: "/data",
    source: "/srv",
    subPath: "site",
    recursive: true,
    directory: true,
    attributes: [],
    propagation: MS.SHARED | MS.REC,
  };
  const { target, source, subPath, recursive } = bind;
  const held = { op: "holdShared", target, source, subPath, recursive };
  assert.deepEqual(holdShared([bind]), [held]);
  assert.deepEqual(holdShared([{ ...bind, propagation: MS.SLAVE }]), []);
});
