import assert from "node:assert/strict";
import { readOptions } from "./network_options.ts";

Deno.test("docker's and podman's options say the same things", () => {
  assert.deepEqual(
    readOptions({
      "com.docker.network.bridge.name": "br0",
      "com.docker.network.bridge.enable_ip_masquerade": "0",
      "com.docker.network.driver.mtu": "1400",
    }),
    { interface: "br0", masquerade: false, mtu: 1400 },
  );
  assert.deepEqual(readOptions({ mtu: "9000", isolate: "true" }), {
    mtu: 9000,
    isolate: true,
  });
});

Deno.test("an option is never ignored", () => {
  assert.throws(
    () => readOptions({ vlam: "7" }),
    /^NetworkError: unknown network option "vlam"; there are com\..*-check$/,
  );
  assert.throws(() => readOptions({ mtu: "big" }), {
    message: "network option mtu=big: expected a number of bytes, such as 1400",
  });
  assert.throws(() => readOptions({ vlan: "4095" }), {
    message:
      "network option vlan=4095: expected the number of a VLAN, 1 to 4094",
  });
  assert.throws(() => readOptions({ isolate: "yes" }), {
    message: "network option isolate=yes: expected true or false",
  });
});

Deno.test("what docker has and rkl has not is refused with what there is", () => {
  const docker = (name: string, value: string) =>
    readOptions({ [`com.docker.network.bridge.${name}`]: value });
  assert.throws(
    () => docker("inhibit_ipv4", "true"),
    /no network option ".*inhibit_ipv4": the bridge's address is the cont/,
  );
  assert.throws(
    () => docker("gateway_mode_ipv4", "routed"),
    /=routed: expected nat, .* takes .*enable_ip_masquerade=false$/,
  );
  assert.deepEqual(docker("gateway_mode_ipv6", "nat"), {});
});

Deno.test("options of ports and VLANs", () => {
  assert.deepEqual(
    readOptions({
      "com.docker.network.bridge.enable_icc": "false",
      "hairpin": "0",
      "vlan-trunk": "100,200-300",
      "preserve-default-vlan": "1",
      "mac-spoof-check": "true",
      "ip-spoof-check": "false",
    }),
    {
      icc: false,
      hairpin: false,
      trunk: [[100, 100], [200, 300]],
      preserveDefaultVlan: true,
      macSpoofCheck: true,
      ipSpoofCheck: false,
    },
  );
});
