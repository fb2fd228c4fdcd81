import assert from "node:assert/strict";
import { parseAddress } from "../../net/address.ts";
import type { Port } from "./port_fields.ts";
import { planPorts } from "./port_plan.ts";

const WAYS = ["10.9.0.2", "fd09::2"].map((text) => ({
  address: parseAddress(text),
}));

function port(
  containerPort: number,
  hostPort: number,
  rest: Partial<Port> = {},
): Port {
  const hostPorts = { first: hostPort, last: hostPort };
  return { containerPort, hostPort: hostPorts, protocol: "TCP", ...rest };
}

Deno.test("a port is bound in each IP version, or where it says", () => {
  const bound = (one: Port) =>
    planPorts([one], WAYS).flatMap(({ bindings }) =>
      bindings.map(({ address }) => address)
    );
  const [four, six] = WAYS.map(({ address }) => address);
  assert.deepEqual(bound(port(80, 8080)), [four, six]);
  assert.deepEqual(bound(port(80, 8080, { hostIP: "::1" })), [six]);
});

Deno.test("where containers ask for names nothing is published", () => {
  const plan = (one: Port) => () => planPorts([one], WAYS);
  assert.throws(plan(port(5353, 53, { protocol: "UDP" })), {
    name: "PublishError",
    message: "cannot publish port 5353 on 53/udp of every address: there rkl " +
      "answers containers that ask for names; publish on one address of the " +
      "host, as -p 192.0.2.1:53:5353/udp",
  });
  assert.throws(plan(port(53, 53, { hostIP: "::" })), /53\/tcp of every/);
  const range = { hostPort: { first: 50, last: 60 } };
  assert.doesNotThrow(plan(port(53, 0, range))); // there are others
  assert.doesNotThrow(plan(port(53, 53, { hostIP: "192.0.2.1" })));
  assert.doesNotThrow(plan(port(53, 53, { protocol: "SCTP" })));
  assert.doesNotThrow(plan(port(53, 0)));
});

Deno.test("a port of the host leads to one port of the container", () => {
  const clash = (...ports: Port[]) => () => planPorts(ports, WAYS);
  assert.throws(clash(port(80, 8080), port(81, 8080)), {
    name: "PublishError",
    message:
      "cannot publish port 81 on 8080/tcp: that is for the container's port " +
      "80 already",
  });
  const local = { hostIP: "127.0.0.1" };
  assert.throws(clash(port(80, 8080), port(80, 8080, local)), /already/);
  assert.doesNotThrow(clash(
    port(80, 8080, local),
    port(80, 8080, { hostIP: "127.0.0.2" }),
    port(80, 8080, { protocol: "UDP" }),
    port(80, 0),
    port(81, 0),
  ));
});
