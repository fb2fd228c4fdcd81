import assert from "node:assert/strict";
import { lockExclusive, open, tryLockExclusive } from "../sys/fd.ts";
import { lockHostNetwork, openHostLock } from "./host_lock.ts";
import { inNetns, newNetns } from "./netns.ts";
import { kernelTest } from "./netlink/testing.ts";

kernelTest(
  "the lock of a network namespace is one for all who are in it",
  () => {
    using netns = newNetns();
    inNetns(netns, () => {
      {
        using _lock = lockHostNetwork();
        using again = openHostLock();
        assert.equal(tryLockExclusive(again), false);
      }
      using free = openHostLock();
      assert.equal(tryLockExclusive(free), true);
    });
  },
);

kernelTest("who may not change the network cannot keep its lock", () => {
  using netns = newNetns();
  inNetns(netns, () => {
    // Everybody may open this.
    using anybody = open("/proc/thread-self/ns/net");
    lockExclusive(anybody);
    using lock = openHostLock();
    assert.equal(tryLockExclusive(lock), true);
    assert.equal(Deno.statSync(lock.path).mode! & 0o077, 0);
  });
});

kernelTest("the locks of two network namespaces are two", () => {
  using one = newNetns();
  using two = newNetns();
  using _lock = inNetns(one, lockHostNetwork);
  // It would wait for ever if it were the same.
  using _other = inNetns(two, lockHostNetwork);
});
