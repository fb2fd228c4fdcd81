import assert from "node:assert/strict";
import { parseMounts } from "../../sys/mountinfo.ts";
import { mountOf, storageOf } from "./storage.ts";

const MOUNTINFO = `\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:25 / /var/lib rw shared:2 - xfs /dev/sdb rw
31 22 0:26 / /mnt/two\\040words rw - tmpfs tmpfs rw
32 22 0:27 / /var/lib rw - btrfs /dev/sdc rw
`;

Deno.test("the mount a path is on is the last of the longest around it", () => {
  const mounts = parseMounts(MOUNTINFO);
  const typeAt = (path: string) => mountOf(mounts, path).type;
  assert.equal(typeAt("/"), "ext4");
  assert.equal(typeAt("/var/libs"), "ext4");
  assert.equal(typeAt("/var/lib"), "btrfs");
  assert.equal(typeAt("/var/lib/rkl/containers"), "btrfs");
  assert.equal(typeAt("/mnt/two words/x"), "tmpfs");
});

Deno.test("a directory that is not there is on its parent's filesystem", () => {
  const { place, size, free, mount } = storageOf("/proc/nosuch/a/b");
  assert.deepEqual([place, mount], ["/proc", "/proc"]);
  assert.deepEqual([size, free], [0, 0]); // it has no blocks
  const root = storageOf("/");
  assert.ok(root.size > root.free && root.free >= 0);
});
