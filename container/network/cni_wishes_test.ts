import assert from "node:assert/strict";
import { parseAddress } from "../../net/address.ts";
import { cniPortMappings, publicationsOf } from "./cni_wishes.ts";
import { PublishError } from "./port_plan.ts";
import type { Port } from "./port_fields.ts";

const one = (port: number) => ({ first: port, last: port });
const PORTS: readonly Port[] = [
  { containerPort: 80, hostPort: one(8080), protocol: "TCP" },
  {
    containerPort: 53,
    hostPort: one(53),
    hostIP: "127.0.0.1",
    protocol: "UDP",
  },
  { containerPort: 9, protocol: "TCP" }, // is listened on, not published
];

Deno.test("published ports become port mappings", () => {
  assert.deepEqual(cniPortMappings(PORTS), [
    { hostPort: 8080, containerPort: 80, protocol: "tcp" },
    { hostPort: 53, containerPort: 53, protocol: "udp", hostIP: "127.0.0.1" },
  ]);
});

Deno.test("what no plugin could do is refused", () => {
  const ports = (first: number, last: number): Port[] => [
    { containerPort: 80, hostPort: { first, last }, protocol: "TCP" },
  ];
  const refused = (ports: Port[], message: RegExp, from?: string[]) =>
    assert.throws(() => cniPortMappings(ports, from), (error) => {
      assert(error instanceof PublishError);
      assert.match(error.message, message);
      return true;
    });
  refused(ports(0, 0), /publish port 80 on a free port with a network of CNI/);
  refused(ports(8000, 8010), /on one of 8000-8010 with a network of CNI/);
  refused(ports(80, 80), /publishFrom/, ["192.0.2.0/24"]);
  assert.deepEqual(cniPortMappings([], ["192.0.2.0/24"]), []);
});

Deno.test("what is published is told for each address it leads to", () => {
  const addresses = ["10.1.0.2", "fd00::2"].map(parseAddress);
  const told = publicationsOf(cniPortMappings(PORTS), addresses);
  assert.deepEqual(
    told.map(({ hostIP, hostPort, containerIP }) =>
      `${hostIP} ${hostPort} ${containerIP}`
    ),
    ["0.0.0.0 8080 10.1.0.2", ":: 8080 fd00::2", "127.0.0.1 53 10.1.0.2"],
  );
});
