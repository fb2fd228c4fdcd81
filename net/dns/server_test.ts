import assert from "node:assert/strict";
import { decode } from "@dnsquery/dns-packet";
import fc from "fast-check";
import { connectTo } from "../../sys/inet_socket.ts";
import { addressBytes, formatAddress } from "../address.ts";
import { deleteLink } from "../netlink/link.ts";
import { NetlinkSocket } from "../netlink/socket.ts";
import { kernelTest } from "../netlink/testing.ts";
import type { View } from "./answer.ts";
import { DnsListenError } from "./listen_error.ts";
import { MessageStream } from "./message_stream.ts";
import type { Zone } from "./names.ts";
import { type DnsNetwork, DnsServer } from "./server.ts";
import {
  addresses,
  DnsLab,
  opt,
  query,
  replyTo,
  table,
  told,
  until,
} from "./testing.ts";

const FRONT: DnsNetwork = {
  name: "front",
  bridge: "rkl0",
  addresses: addresses("10.88.0.1", "fd00:88::1"),
};
const BACK: DnsNetwork = {
  name: "back",
  bridge: "rkl1",
  addresses: addresses("10.89.0.1", "fd00:89::1"),
};
const GATEWAYS = ["10.88.0.1", "fd00:88::1"];

const many = Array.from({ length: 60 }, (_, i) => `10.88.0.${i + 2}`);
const domain = "dns.podman";
const web = ["10.88.0.2", "fd00:88::2"];
const ZONES = new Map<string, Zone>([
  ["front", { table: table({ web, many }), domain }],
  ["back", { table: table({ far: ["10.89.0.2"] }), domain }],
]);

function look(network: string): View {
  return { zones: [ZONES.get(network)!], forwards: false };
}

kernelTest(
  "each network's containers find its names, over UDP and TCP",
  async () => {
    using lab = new DnsLab();
    const asked: string[] = [];
    using server = new DnsServer({
      inside: lab.inside,
      look(network, asker) {
        asked.push(`${network} ${formatAddress(asker)}`);
        return look(network);
      },
    });
    server.add(FRONT);
    server.add(BACK);
    for (const to of GATEWAYS) {
      for (const transport of ["udp", "tcp"] as const) {
        const ask = (name: string) =>
          lab.ask("web", to, query(name), transport);
        assert.equal(told(await ask("web")), "NOERROR 10.88.0.2");
        assert.equal(told(await ask("far")), "NXDOMAIN");
      }
    }
    const far = await lab.ask("far", "10.89.0.1", query("far"));
    assert.equal(told(far), "NOERROR 10.89.0.2");
    assert.deepEqual([...new Set(asked)], [
      "front 10.88.0.2",
      "front fd00:88::2",
      "back 10.89.0.2",
    ]);
  },
);

kernelTest("nobody on another network can ask", async () => {
  using lab = new DnsLab();
  using server = new DnsServer({ inside: lab.inside, look });
  server.add(FRONT);
  server.add(BACK);
  for (const to of GATEWAYS) {
    for (const transport of ["udp", "tcp"] as const) {
      const reply = await lab.ask("far", to, query("web"), transport, 100);
      assert.equal(reply, undefined);
    }
  }
});

kernelTest("networks come and go while others are answered", async () => {
  using lab = new DnsLab();
  using server = new DnsServer({ inside: lab.inside, look });
  const ask = (from: string, to: string, transport: "udp" | "tcp" = "udp") =>
    lab.ask(from, to, query("web"), transport);
  assert.equal(await ask("web", "10.88.0.1"), undefined);
  server.add(BACK);
  server.add(FRONT);
  server.add(FRONT);
  assert.deepEqual(server.networks.sort(), ["back", "front"]);
  assert.ok(await ask("web", "10.88.0.1"));
  assert.ok(await ask("web", "fd00:88::1", "tcp"));
  server.remove("front");
  server.remove("front");
  assert.equal(await ask("web", "10.88.0.1"), undefined);
  assert.equal(await ask("web", "fd00:88::1", "tcp"), undefined);
  assert.ok(await ask("far", "10.89.0.1"));
});

kernelTest(
  "what stands in the way of listening is told, and nothing stays",
  () => {
    using lab = new DnsLab();
    using server = new DnsServer({ inside: lab.inside, look });
    const refused = (network: DnsNetwork, code: string, message: RegExp) =>
      assert.throws(() => server.add(network), (error) => {
        assert(error instanceof DnsListenError);
        assert.equal(error.cause.code, code);
        assert.match(error.message, message);
        return true;
      });
    {
      using _other = lab.server("0.0.0.0", () => []);
      refused(
        FRONT,
        "EADDRINUSE",
        /^cannot answer DNS queries of network "front" on 10\.88\.0\.1 by udp: another server has the port.*except-interface=rkl0/,
      );
    }
    {
      using _other = lab.server("::", () => []);
      refused(FRONT, "EADDRINUSE", /on 10\.88\.0\.1|on fd00:88::1/);
    }
    refused(
      { ...FRONT, bridge: "rkl9" },
      "ENODEV",
      /there is no link rkl9; bring the network up first$/,
    );
    assert.deepEqual(server.networks, []);
    server.add(FRONT); // the ports are free
  },
);

kernelTest(
  "a bridge that is gone does not disturb, and may come again",
  async () => {
    using lab = new DnsLab();
    using server = new DnsServer({ inside: lab.inside, look });
    server.add(FRONT);
    server.add(BACK);
    using route = lab.inside(() => new NetlinkSocket("ROUTE"));
    route.request(deleteLink("rkl0"));
    const far = await lab.ask("far", "10.89.0.1", query("far"));
    assert.equal(told(far), "NOERROR 10.89.0.2");
    lab.addNetwork("web", 0, 20);
    assert.equal(await lab.ask("web", "10.88.0.1", query("web")), undefined);
    server.add(FRONT);
    const web = await lab.ask("web", "10.88.0.1", query("web"));
    assert.equal(told(web), "NOERROR 10.88.0.2");
  },
);

kernelTest("a network that is added again goes on as it was", async () => {
  using lab = new DnsLab();
  using server = new DnsServer({ inside: lab.inside, look });
  server.add(FRONT);
  const address = addressBytes(FRONT.addresses[0]!);
  const socket = lab.inContainer(
    "web",
    () => connectTo({ address, port: 53 }, "tcp"),
  );
  using stream = new MessageStream(socket, 0xffff);
  const ask = async () => {
    await stream.write(query("web"), performance.now() + 20_000);
    return told(await stream.read(performance.now() + 20_000));
  };
  assert.equal(await ask(), "NOERROR 10.88.0.2");
  server.add({ ...FRONT });
  assert.equal(await ask(), "NOERROR 10.88.0.2");
  server.add({ ...FRONT, addresses: FRONT.addresses.slice(0, 1) });
  assert.equal(await ask(), "nothing");
});

kernelTest("a long answer is cut over UDP, and whole over TCP", async () => {
  using lab = new DnsLab();
  using server = new DnsServer({ inside: lab.inside, look });
  server.add(FRONT);
  const count = async (message: Uint8Array, transport: "udp" | "tcp") => {
    const reply = await lab.ask("web", "10.88.0.1", message, transport);
    const { flag_tc, answers } = decode(reply!);
    return [flag_tc, answers!.length];
  };
  const edns = query("many", "A", { additionals: [opt(800)] });
  assert.deepEqual(await count(query("many"), "udp"), [true, 24]);
  assert.deepEqual(await count(edns, "udp"), [true, 38]);
  assert.deepEqual(await count(query("many"), "tcp"), [false, 60]);
});

kernelTest(
  "what makes no sense is dropped or refused, what follows answered",
  async () => {
    using lab = new DnsLab();
    using server = new DnsServer({ inside: lab.inside, look });
    server.add(FRONT);
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc.constant(new Uint8Array(65_507)), // the longest datagram of IPv4
      fc.constant(new Uint8Array(0)),
    );
    for (const message of fc.sample(bytes, 50)) {
      await lab.ask("web", "10.88.0.1", message, "udp", 1);
    }
    const web = await lab.ask("web", "10.88.0.1", query("web"));
    assert.equal(told(web), "NOERROR 10.88.0.2");
  },
);

kernelTest(
  "closing the server leaves no socket, whatever goes on",
  async () => {
    using lab = new DnsLab();
    using silent = lab.server("127.0.0.1", () => []);
    const before = lab.inside(openSockets);
    const server = new DnsServer({
      inside: lab.inside,
      look: (network) => ({ ...look(network), forwards: true }),
      resolvers: () => ({
        servers: [{ address: addresses("127.0.0.1")[0]! }],
        timeout: 60_000,
        attempts: 1,
      }),
    });
    server.add(FRONT);
    const message = query("www.example.com");
    await lab.ask("web", "10.88.0.1", message, "udp", 1);
    const asked = lab.ask("web", "10.88.0.1", message, "tcp", 60_000);
    await until(() => silent.asked.length === 2);
    assert(lab.inside(openSockets) > before);
    server[Symbol.dispose]();
    assert.equal(await asked, undefined);
    await until(() => lab.inside(openSockets) === before);
  },
);

/** How many sockets of this namespace some process has open. */
function openSockets(): number {
  return ["tcp", "tcp6", "udp", "udp6"].flatMap((table) =>
    Deno.readTextFileSync(`/proc/thread-self/net/${table}`).trim()
      .split("\n").slice(1)
  ).filter((line) => line.trim().split(/\s+/)[9] !== "0").length; // its inode
}

kernelTest("names from outside are asked for where the host asks", async () => {
  using lab = new DnsLab();
  using outside = lab.server("127.0.0.1", (message) => [replyTo(message)]);
  using server = new DnsServer({
    inside: lab.inside,
    look: (network) => ({ ...look(network), forwards: network === "front" }),
    resolvers: () => ({
      servers: [{ address: addresses("127.0.0.1")[0]! }],
      timeout: 20_000,
      attempts: 1,
    }),
  });
  server.add(FRONT);
  server.add(BACK);
  for (const transport of ["udp", "tcp"] as const) {
    const message = query("wWw.example.com", "A", { id: 99 });
    const reply = await lab.ask("web", "fd00:88::1", message, transport);
    assert.equal(told(reply), "NOERROR 192.0.2.1");
    assert.equal(decode(reply!).id, 99);
  }
  const unknown = await lab.ask("web", "10.88.0.1", query("nobody"));
  assert.equal(told(unknown), "NOERROR 192.0.2.1");
  const before = outside.asked.length;
  const back = await lab.ask("far", "10.89.0.1", query("secret.example.com"));
  assert.equal(told(back), "NXDOMAIN");
  const own = await lab.ask("web", "10.88.0.1", query("x.dns.podman"));
  assert.equal(told(own), "NXDOMAIN");
  assert.equal(outside.asked.length, before);
});

kernelTest("who has servers of its own has those asked", async () => {
  using lab = new DnsLab();
  using hosts = lab.server("127.0.0.1", (message) => [replyTo(message)]);
  using own = lab.server("127.0.0.2", (message) => [replyTo(message)]);
  const [first, second] = addresses("127.0.0.1", "127.0.0.2");
  using server = new DnsServer({
    inside: lab.inside,
    look: (network) => ({
      ...look(network),
      forwards: true,
      ...(network === "front" && { servers: [{ address: second! }] }),
    }),
    resolvers: () => ({
      servers: [{ address: first! }],
      timeout: 1000,
      attempts: 1,
    }),
  });
  server.add(FRONT);
  server.add(BACK);
  await lab.ask("web", "10.88.0.1", query("www.example.com"));
  assert.deepEqual([hosts.asked.length, own.asked.length], [0, 1]);
  await lab.ask("far", "10.89.0.1", query("www.example.com"));
  assert.deepEqual([hosts.asked.length, own.asked.length], [1, 1]);
});
