import assert from "node:assert/strict";
import { SyscallError } from "../sys/errors.ts";
import { forward } from "./forwarding.ts";
import { fakeSysctls, plan } from "./network_testing.ts";

const [V4, V6] = ["ipv4/ip_forward", "ipv6/conf/all/forwarding"];

Deno.test("forwarding is turned on where it is off, and said so", () => {
  const sysctls = fakeSysctls({ [V4]: "0", [V6]: "0" });
  const web = plan({ name: "web" });
  assert.deepEqual(forward(web, sysctls), [
    'turned on IPv4 forwarding (net.ipv4.ip_forward), which network "web" needs',
  ]);
  assert.deepEqual(sysctls.settings, { [V4]: "1", [V6]: "0" });
  assert.deepEqual(forward(web, sysctls), []);
  assert.equal(forward(plan({ ipv6: true }), sysctls).length, 1);
  assert.equal(sysctls.settings[V6], "1");
});

Deno.test("a network without a way out needs no forwarding", () => {
  const sysctls = fakeSysctls({ [V4]: "0", [V6]: "0" });
  const network = plan({ internal: true, ipv6: true });
  assert.deepEqual(forward(network, sysctls), []);
  assert.deepEqual(sysctls.settings, { [V4]: "0", [V6]: "0" });
});

Deno.test("a host that forwards IPv6 goes on listening to routers", () => {
  const accept = (link: string) => `ipv6/conf/${link}/accept_ra`;
  const sysctls = fakeSysctls({
    [V4]: "1",
    [V6]: "0",
    [accept("all")]: "1",
    [accept("default")]: "1",
    [accept("eth0")]: "1",
    [accept("rkl0")]: "0",
    [accept("veth0")]: "1",
  });
  // What a port of a bridge hears is the bridge's.
  const network = plan({ name: "web", ipv6: true });
  assert.deepEqual(forward(network, sysctls, () => ["veth0"]), [
    "turned on IPv6 forwarding (net.ipv6.conf.all.forwarding), which network " +
    '"web" needs; and accept_ra=2 on eth0, to go on listening to routers',
  ]);
  const values = ["all", "default", "eth0", "rkl0", "veth0"].map((link) =>
    sysctls.settings[accept(link)]
  );
  assert.deepEqual(values, ["1", "1", "2", "0", "1"]);
});

Deno.test("forwarding that cannot be turned on is an error that says how", () => {
  const EROFS = 30;
  const sysctls = {
    ...fakeSysctls({ [V4]: "0" }),
    write: (name: string) => {
      throw new SyscallError("openat", `/proc/sys/net/${name}`, EROFS);
    },
  };
  assert.throws(
    () => forward(plan({ name: "web" }), sysctls),
    /network "web": it needs net\.ipv4\.ip_forward=1, .*; set it on the host/,
  );
});
