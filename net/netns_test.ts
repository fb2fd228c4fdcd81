import assert from "node:assert/strict";
import { SyscallError } from "../sys/errors.ts";
import { inNetns, netnsPath, newNetns, openNetns } from "./netns.ts";
import { kernelTest } from "./netlink/testing.ts";

const here = () => Deno.readLinkSync("/proc/thread-self/ns/net");

kernelTest("inNetns() is there during the action and home after it", () => {
  const home = here();
  using netns = newNetns();
  assert.equal(here(), home);
  const there = inNetns(netns, here);
  assert.notEqual(there, home);
  assert.equal(here(), home);
  const nested = inNetns(netns, () => inNetns(Deno.pid, here));
  assert.equal(nested, home);
  assert.equal(here(), home);
});

kernelTest("a namespace is meant by its path, a pid or a descriptor", () => {
  using netns = newNetns();
  const there = inNetns(netns, here);
  assert.equal(inNetns(`/proc/self/fd/${netns.number}`, here), there);
  assert.equal(inNetns(Deno.pid, here), here());
  using own = openNetns(netnsPath(Deno.pid));
  assert.equal(inNetns(own, here), here());
});

kernelTest("inNetns() comes home when the action throws", () => {
  const home = here();
  using netns = newNetns();
  const fail = () => {
    throw new Error("oops");
  };
  assert.throws(() => inNetns(netns, fail), /oops/);
  assert.equal(here(), home);
});

kernelTest("inNetns() refuses an action that goes on after it", () => {
  const home = here();
  using netns = newNetns();
  assert.throws(
    () => inNetns(netns, () => Promise.resolve(1)),
    /cannot await in another network namespace/,
  );
  assert.equal(here(), home);
});

kernelTest("inNetns() says what is no network namespace", () => {
  const home = here();
  const run = (path: string) => () => inNetns(path, () => assert.fail());
  assert.throws(run("/proc/self/ns/nothing"), (error) => {
    assert(error instanceof SyscallError);
    assert.equal(error.code, "ENOENT");
    return true;
  });
  assert.throws(
    run("/proc/self/ns/mnt"),
    /cannot enter the network namespace \/proc\/self\/ns\/mnt: EINVAL/,
  );
  assert.equal(here(), home);
});
