import assert from "node:assert/strict";
import { destroy } from "./remove.ts";
import { exists } from "../sys/entry.ts";

Deno.test("destroy() removes rkl's own cgroup, though the container's was never made", async () => {
  const root = Deno.makeTempDirSync();
  try {
    Deno.mkdirSync(`${root}/cgroup/rkl`, { recursive: true });
    Deno.mkdirSync(`${root}/state/lost`, { recursive: true });
    await destroy({ root: `${root}/state`, dataRoot: root }, {
      ociVersion: "1.2.0",
      id: "lost",
      bundle: "/bundle",
      created: "2026-01-01T00:00:00Z",
      rootfs: "/bundle/rootfs",
      cgroups: { "": `${root}/cgroup/rkl/lost` },
      rows: {},
    });
    assert(!exists(`${root}/cgroup/rkl`));
    assert(!exists(`${root}/state/lost`));
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
});
