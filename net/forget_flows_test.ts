/**
 * Flows of a lab's host, made with datagrams to published ports.
 *
 * @module
 */
import assert from "node:assert/strict";
import { ERRNO } from "../sys/errno.ts";
import { has, needs } from "../tests/facts.ts";
import { formatAddress, parseAddress } from "./address.ts";
import { forgetFlows, isMeant, UntoldFlowsError } from "./forget_flows.ts";
import {
  decodeFlow,
  type Flow,
  FLOW_PROTOCOLS,
  forgetAddress,
  forgetPort,
  listFlows,
} from "./netlink/conntrack.ts";
import { NetlinkError } from "./netlink/errors.ts";
import type { Request } from "./netlink/message.ts";
import type { NetlinkSocket } from "./netlink/socket.ts";
import { replaceRuleset } from "./nftables/install.ts";
import { Lab, type Machine, PORT } from "./nftables/testing.ts";
import type { Protocol } from "./nftables/testing_sockets.ts";
import { parsePrefix } from "./prefix.ts";

const MACHINES: readonly Machine[] = [
  {
    name: "other",
    link: "up0",
    addresses: ["192.0.2.2/24", "2001:db8::2/64"],
  },
  { name: "web", link: "rkl0", addresses: ["10.88.0.2/24", "fd00:88::2/64"] },
  { name: "near", link: "rkl0", addresses: ["10.88.0.3/24", "fd00:88::3/64"] },
];
const HOST = ["192.0.2.1", "2001:db8::1"];
const WEB = ["10.88.0.2", "fd00:88::2"].map(parseAddress);
const NEAR = ["10.88.0.3", "fd00:88::3"].map(parseAddress);

/** A host that publishes 8080 of `web` and 8090 of `near`; TCP and UDP. */
function lab(): Lab {
  const made = new Lab(MACHINES);
  const publish = (owner: string, hostPort: number, addresses: typeof WEB) =>
    addresses.flatMap((address) =>
      (["tcp", "udp"] as const).map((protocol) => ({
        owner,
        protocol,
        hostPort,
        address,
        port: PORT,
      }))
    );
  const prefixes = ["10.88.0.0/24", "fd00:88::/64"].map(parsePrefix);
  replaceRuleset(made.netfilter, {
    networks: [{ bridge: "rkl0", prefixes }],
    ports: [...publish("web", 8080, WEB), ...publish("near", 8090, NEAR)],
  });
  for (const to of HOST) {
    for (const [port, server] of [[8080, "web"], [8090, "near"]] as const) {
      talk(made, "udp", to, port, server);
    }
    talk(made, "tcp", to, 8080, "web");
    // To the host's own server.
    talk(made, "udp", to, PORT, "host");
  }
  return made;
}

function talk(
  lab: Lab,
  protocol: Protocol,
  to: string,
  port: number,
  server: string,
): void {
  const from = "other";
  const attempt = { from, protocol, to, port, server, patience: 3000 };
  assert.notEqual(lab.reach(attempt), undefined);
}

const ALL = HOST.flatMap((to) => [
  `udp ${to} 8080`,
  `udp ${to} 8090`,
  `udp ${to} 80`,
  `tcp ${to} 8080`,
]).sort();

function flowsOf(lab: Lab): string[] {
  return (["udp", "tcp"] as const).flatMap((protocol) =>
    ([4, 6] as const).flatMap((family) =>
      lab.netfilter.dump(listFlows({ family, protocol })).map(decodeFlow)
        .map(({ original: { destination, destinationPort } }) =>
          `${protocol} ${formatAddress(destination)} ${destinationPort}`
        )
    )
  ).sort();
}

function without(...gone: string[]): string[] {
  for (const one of gone) assert(ALL.includes(one), one);
  return ALL.filter((one) => !gone.includes(one));
}

Deno.test({
  name: "forgetFlows() forgets what leads to a container, and nothing else",
  ...needs("root", "ipv6"),
  fn() {
    using world = lab();
    assert.deepEqual(flowsOf(world), ALL);
    assert.equal(forgetFlows(world.netfilter, { addresses: WEB }), 2);
    const left = without(...HOST.map((to) => `udp ${to} 8080`));
    assert.deepEqual(flowsOf(world), left);
    assert.equal(forgetFlows(world.netfilter, { addresses: WEB }), 0);
    assert.equal(
      forgetFlows(world.netfilter, { protocol: "tcp", addresses: WEB }),
      2,
    );
    assert.deepEqual(
      flowsOf(world),
      without(...HOST.flatMap((to) => [`udp ${to} 8080`, `tcp ${to} 8080`])),
    );
  },
});

Deno.test({
  name: "forgetFlows() forgets what was sent to a port before it led anywhere",
  ...needs("root", "ipv6"),
  fn() {
    using world = lab();
    const [host] = HOST;
    const address = parseAddress(host!);
    const here = { ports: [{ port: PORT, address }] };
    assert.equal(forgetFlows(world.netfilter, here), 1);
    assert.deepEqual(flowsOf(world), without(`udp ${host} 80`));
    const ports = [{ port: PORT }, { port: 8090 }];
    assert.equal(forgetFlows(world.netfilter, { ports, addresses: NEAR }), 3);
    assert.deepEqual(
      flowsOf(world),
      without(...HOST.flatMap((to) => [`udp ${to} 80`, `udp ${to} 8090`])),
    );
  },
});

Deno.test("a kernel that does not tell of flows is told from other failures", () => {
  const answering = (code: string) => ({
    dump(request: Request) {
      throw new NetlinkError(request, { errno: ERRNO[code]! });
    },
  } as unknown as NetlinkSocket);
  const ask = (code: string) => () =>
    forgetFlows(answering(code), { addresses: WEB });
  assert.throws(ask("EINVAL"), UntoldFlowsError);
  assert.throws(ask("EPERM"), NetlinkError);
});

Deno.test({
  name:
    "a datagram to a port goes to the new container once its flow is forgotten",
  ...needs("root"),
  fn() {
    using world = lab();
    const [address, near] = [WEB[0]!, NEAR[0]!];
    const port = {
      protocol: "udp",
      hostPort: 8080,
      address,
      port: PORT,
    } as const;
    // From one port of the client, so that it is one flow.
    using client = world.client("other", HOST[0]!, 8080);
    assert(client.reaches("web", 3000));
    replaceRuleset(world.netfilter, {
      networks: [],
      ports: [{ ...port, owner: "near", address: near }],
    });
    assert(client.reaches("web", 3000), "the kernel remembers");
    forgetFlows(world.netfilter, { addresses: [address] });
    assert(client.reaches("near", 3000));
  },
});

const MESSAGES = [
  ["forgetAddress()", () => [forgetAddress(WEB[0]!, "udp")], [
    `udp ${HOST[0]} 8080`,
  ]],
  [
    "forgetPort()",
    () =>
      WEB.map((address) =>
        forgetPort({ protocol: "udp", hostPort: 8080, address, port: PORT })
      ),
    HOST.map((to) => `udp ${to} 8080`),
  ],
] as const;

for (const [name, requests, gone] of MESSAGES) {
  Deno.test({
    name: `${name} forgets in one message`,
    ...needs("root", "ipv6", "kernel:6.12"),
    fn() {
      using world = lab();
      world.netfilter.batch(requests());
      assert.deepEqual(flowsOf(world), without(...gone));
    },
  });

  Deno.test({
    name: `${name} forgets nothing where the kernel cannot choose`,
    ...needs("root", "ipv6"),
    fn() {
      using world = lab();
      for (const request of requests()) {
        // A kernel before 5.8 passes over the filter, one before 6.12 takes
        // no account of it here.
        const CTA_FILTER_SIZE = 20;
        const body = request.body.slice(0, -CTA_FILTER_SIZE);
        const old = has("kernel:6.12") ? [] : [request];
        for (const one of [{ ...request, body }, ...old]) {
          const [outcome] = world.netfilter.tryBatch([one]);
          assert(outcome instanceof NetlinkError);
          assert.equal(outcome.code, "EINVAL");
        }
      }
      assert.deepEqual(flowsOf(world), ALL);
    },
  });
}

Deno.test("what passes to elsewhere is not meant by a port", () => {
  const flow: Flow = {
    original: {
      source: WEB[0]!,
      destination: parseAddress("192.0.2.2"),
      protocol: FLOW_PROTOCOLS.udp,
      sourcePort: 4000,
      destinationPort: 53,
    },
    reply: {
      source: parseAddress("192.0.2.2"),
      destination: parseAddress("192.0.2.1"),
      protocol: FLOW_PROTOCOLS.udp,
      sourcePort: 53,
      destinationPort: 4000,
    },
    dnat: false,
    snat: true,
    key: new Uint8Array(0),
  };
  const ports = [{ port: 53 }];
  assert.equal(isMeant(flow, { ports }), false);
  assert.equal(isMeant({ ...flow, snat: false }, { ports }), true);
  assert.equal(isMeant({ ...flow, dnat: true }, { ports }), true);
  assert.equal(
    isMeant({ ...flow, dnat: true }, { ports, protocol: "tcp" }),
    false,
  );
});
