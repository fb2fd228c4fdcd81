import assert from "node:assert/strict";
import { parseDevices } from "./traffic.ts";

const HEAD =
  `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
`;

Deno.test("what passed a namespace is the sum of its interfaces but lo", () => {
  const text =
    `${HEAD}    lo:     900       9    0    0    0     0          0         0      900       9    0    0    0     0       0          0
  eth0:    1000       5    0    0    0     0          0         0     2000       6    0    0    0     0       0          0
vlan.1:4294967297       1    0    0    0     0          0         0        3       1    0    0    0     0       0          0
`;
  assert.deepEqual(parseDevices(text), {
    received: 4_294_968_297,
    sent: 2003,
  });
});

Deno.test("a namespace that is gone has no traffic", () => {
  assert.deepEqual(parseDevices(""), { received: 0, sent: 0 });
});
