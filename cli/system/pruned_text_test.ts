import assert from "node:assert/strict";
import type { Pruned } from "../../container/prune.ts";
import { formatPruned } from "./pruned_text.ts";

const NOTHING: Pruned = {
  containers: [],
  networks: [],
  volumes: [],
  leases: [],
  ports: [],
  rules: [],
  interfaces: [],
  directories: [],
  cgroups: [],
  reclaimed: 0,
  notices: [],
};

Deno.test("formatPruned() has a block for each kind there is", () => {
  assert.deepEqual(formatPruned(NOTHING), ["Total reclaimed space: 0B"]);
  const some = {
    ...NOTHING,
    containers: ["web", "db"],
    leases: ["10.210.0.2 of web"],
    reclaimed: 4096,
  };
  assert.deepEqual(formatPruned(some), [
    "Deleted Containers:",
    "web",
    "db",
    "",
    "Deleted Addresses:",
    "10.210.0.2 of web",
    "",
    "Total reclaimed space: 4.096kB",
  ]);
});
