import assert from "node:assert/strict";
import { sysctlPath } from "./sysctl.ts";

Deno.test("sysctlPath() reads both spellings", () => {
  const eth = "net/ipv4/conf/eth0.1/forwarding";
  assert.equal(sysctlPath("net.ipv4.conf.eth0/1.forwarding"), eth);
  assert.equal(sysctlPath(eth), eth);
  assert.equal(sysctlPath("net/../kernel/panic"), undefined);
  assert.equal(sysctlPath("net..panic"), undefined);
  assert.equal(sysctlPath("net"), undefined);
});
