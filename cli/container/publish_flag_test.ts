import assert from "node:assert/strict";
import { expose, publish } from "./publish_flag.ts";

const READ: [text: string, ...fields: object[]][] = [
  ["8080:80", { containerPort: 80, hostPort: 8080, protocol: "TCP" }],
  ["80", { containerPort: 80, hostPort: 0, protocol: "TCP" }],
  ["0:80", { containerPort: 80, hostPort: 0, protocol: "TCP" }],
  ["53:53/udp", { containerPort: 53, hostPort: 53, protocol: "UDP" }],
  [
    "127.0.0.1:8080:80",
    { containerPort: 80, hostPort: 8080, hostIP: "127.0.0.1", protocol: "TCP" },
  ],
  [
    "127.0.0.1::80",
    { containerPort: 80, hostPort: 0, hostIP: "127.0.0.1", protocol: "TCP" },
  ],
  [
    "[::1]:8080:80/sctp",
    { containerPort: 80, hostPort: 8080, hostIP: "::1", protocol: "SCTP" },
  ],
  [
    "8000-8010:80",
    { containerPort: 80, hostPort: "8000-8010", protocol: "TCP" },
  ],
  [
    "8000-8001:80-81",
    { containerPort: 80, hostPort: 8000, protocol: "TCP" },
    { containerPort: 81, hostPort: 8001, protocol: "TCP" },
  ],
  [
    "7000-7001",
    { containerPort: 7000, hostPort: 0, protocol: "TCP" },
    { containerPort: 7001, hostPort: 0, protocol: "TCP" },
  ],
];

for (const [text, ...fields] of READ) {
  Deno.test(`--publish ${text} is ${fields.length} of ports`, () => {
    assert.deepEqual(publish(text), fields);
  });
}

const REFUSED: [text: string, why: RegExp][] = [
  ["", /must be \[\[IP:]HOST:]CONTAINER/],
  ["a:80", /must be/],
  ["1:2:3:4", /must be/],
  ["::1:8080:80", /must be/],
  ["8080:80/tcp/udp", /must be/],
  ["80:0", /has "0", where ports are from 1 to 65535/],
  ["80:70000", /has "70000"/],
  ["90-80:80", /has "90-80"/],
  ["8000-8003:80-81", /4 ports of the host for 2 of the container/],
  ["80-90:", /must be/],
];

for (const [text, why] of REFUSED) {
  Deno.test(`--publish "${text}" is refused`, () => {
    assert.throws(() => publish(text), { message: why });
  });
}

Deno.test("--expose takes ports and ranges of the container", () => {
  assert.deepEqual(expose("53/udp"), [{ containerPort: 53, protocol: "UDP" }]);
  assert.deepEqual(expose("7000-7001").map((one) => one.containerPort), [
    7000,
    7001,
  ]);
  assert.throws(() => expose("8080:80"), { message: /must be PORT/ });
});
