import assert from "node:assert/strict";
import { fakeSysctls } from "./network_testing.ts";
import { findSettings } from "./settings.ts";

function find(settings: Record<string, string>, canWrite = true) {
  const sysctls = { ...fakeSysctls(settings), canWrite: () => canWrite };
  return Object.fromEntries(
    findSettings(sysctls).map(({ name, status, detail }) => [
      name,
      `${status} ${detail}`.trimEnd(),
    ]),
  );
}

Deno.test("settings of the host are told as they are", () => {
  assert.deepEqual(find({}), {
    "ipv6": "missing",
    "ip-forward": "ok IPv4 off, IPv6 off",
    "br-netfilter": "ok not loaded",
  });
  assert.deepEqual(
    find({
      "ipv6/conf/all/disable_ipv6": "1",
      "ipv4/ip_forward": "1",
      "bridge/bridge-nf-call-iptables": "1",
      "bridge/bridge-nf-call-ip6tables": "0",
    }),
    {
      "ipv6": "limited net.ipv6.conf.all.disable_ipv6=1",
      "ip-forward": "ok IPv4 on, IPv6 off",
      "br-netfilter": "ok on for iptables",
    },
  );
});

Deno.test("forwarding that is off and cannot be turned on is a limit", () => {
  assert.equal(
    find({}, false)["ip-forward"],
    "limited IPv4 off, IPv6 off, cannot be changed here",
  );
});
