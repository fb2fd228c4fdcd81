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
    () => readOptions({ vlan: "7" }),
    /^NetworkError: unknown network option "vlan"; there are com\..*, isolate$/,
  );
  assert.throws(() => readOptions({ mtu: "big" }), {
    message: "network option mtu=big: expected a number of bytes, such as 1400",
  });
  assert.throws(() => readOptions({ isolate: "yes" }), {
    message: "network option isolate=yes: expected true or false",
  });
});
