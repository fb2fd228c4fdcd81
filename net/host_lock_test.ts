import assert from "node:assert/strict";
import { open, tryLockExclusive } from "../sys/fd.ts";
import { lockHostNetwork } from "./host_lock.ts";
import { inNetns, newNetns } from "./netns.ts";
import { kernelTest } from "./netlink/testing.ts";

kernelTest(
  "the lock of a network namespace is one for all who are in it",
  () => {
    using netns = newNetns();
    inNetns(netns, () => {
      {
        using _lock = lockHostNetwork();
        using again = open("/proc/thread-self/ns/net");
        assert.equal(tryLockExclusive(again), false);
      }
      using free = open("/proc/thread-self/ns/net");
      assert.equal(tryLockExclusive(free), true);
    });
  },
);

kernelTest("the locks of two network namespaces are two", () => {
  using one = newNetns();
  using two = newNetns();
  using _lock = inNetns(one, lockHostNetwork);
  // It would wait for ever if it were the same.
  using _other = inNetns(two, lockHostNetwork);
});
