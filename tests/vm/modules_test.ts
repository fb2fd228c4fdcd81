import assert from "node:assert/strict";
import { loadOrder } from "./modules.ts";

const modulesDep =
  `kernel/fs/9p/9p.ko.xz: kernel/fs/netfs.ko.xz kernel/9pnet.ko.xz
kernel/9pnet.ko.xz:
kernel/9pnet_virtio.ko.xz: kernel/virtio-ring.ko.xz kernel/9pnet.ko.xz
kernel/virtio-ring.ko.xz: kernel/virtio.ko.xz
kernel/virtio.ko.xz:
kernel/fs/netfs.ko.xz:
`;

Deno.test("loadOrder() puts what a module needs before it, once", () => {
  assert.deepEqual(loadOrder(modulesDep, ["9pnet_virtio", "9p"]), [
    "kernel/virtio.ko.xz",
    "kernel/virtio-ring.ko.xz",
    "kernel/9pnet.ko.xz",
    "kernel/9pnet_virtio.ko.xz",
    "kernel/fs/netfs.ko.xz",
    "kernel/fs/9p/9p.ko.xz",
  ]);
});

Deno.test("loadOrder() names a module that is not there", () => {
  assert.throws(() => loadOrder(modulesDep, ["overlay"]), /module overlay/);
});
