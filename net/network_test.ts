import assert from "node:assert/strict";
import { formatAddress, parseAddress } from "./address.ts";
import { NO_LEASES, takeAddresses } from "./lease.ts";
import {
  checkNetworkName,
  familiesOf,
  gatewaysOf,
  rangesOf,
  rulesOf,
} from "./network.ts";
import { plan } from "./network_testing.ts";
import { formatPrefix, parseNetwork } from "./prefix.ts";

Deno.test("a name becomes a path, so it cannot lead elsewhere", () => {
  for (const name of ["web", "a", "0", "A_b.c-d", "a".repeat(128)]) {
    assert.equal(checkNetworkName(name), name);
  }
  const bad = ["", ".", "..", "-a", ".new-1", "a/b", "a b", "a\n", "ä", "a\0"];
  for (const name of [...bad, "a".repeat(129)]) {
    assert.throws(() => checkNetworkName(name), /is no network name; allowed/);
  }
  for (const name of ["host", "none"]) {
    assert.throws(() => checkNetworkName(name), /means something else/);
  }
});

Deno.test("addresses come from the range, never the gateway's", () => {
  const network = plan({
    subnets: [parseNetwork("10.9.0.0/24"), parseNetwork("fd00:9::/64")],
    gateways: [parseAddress("10.9.0.128")],
    ipRanges: [parseNetwork("10.9.0.128/30")],
  });
  assert.deepEqual(familiesOf(network), [4, 6]);
  assert.deepEqual(gatewaysOf(network).map(formatPrefix), [
    "10.9.0.128/24",
    "fd00:9::1/64",
  ]);
  const wishes = [{ ranges: rangesOf(network, 4) }, {
    ranges: rangesOf(network, 6),
  }];
  const { taken } = takeAddresses(NO_LEASES, "web", wishes);
  assert.deepEqual(taken.map(formatAddress), ["10.9.0.129", "fd00:9::2"]);
});

Deno.test("the packet filter is told only what is not usual", () => {
  const prefixes = [parseNetwork("10.210.0.0/24")];
  const bridge = "rkl-a0a1a2a3";
  assert.deepEqual(rulesOf(plan()), { bridge, prefixes });
  const options = { "com.docker.network.bridge.enable_ip_masquerade": "false" };
  assert.deepEqual(
    rulesOf(plan({ internal: true, isolate: true, options })),
    { bridge, prefixes, internal: true, isolate: true, masquerade: false },
  );
});
