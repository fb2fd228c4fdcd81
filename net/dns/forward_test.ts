import assert from "node:assert/strict";
import { decode } from "@dnsquery/dns-packet";
import { listenAt } from "../../sys/inet_socket.ts";
import { addressBytes, parseAddress } from "../address.ts";
import type { NameServer } from "../names/resolv_conf.ts";
import { addAddress } from "../netlink/address.ts";
import { NetlinkSocket } from "../netlink/socket.ts";
import { kernelTest } from "../netlink/testing.ts";
import { Forwarder } from "./forward.ts";
import { type Query, readQuery } from "./query.ts";
import { TcpListener } from "./tcp_listener.ts";
import { DnsLab, query, replyTo, told, until } from "./testing.ts";
import { eventually } from "../../tests/rkl.ts";

function read(message: Uint8Array): Query {
  const result = readQuery(message);
  assert(result && !("rcode" in result));
  return result;
}

const QUERY = read(query("www.example.com"));

function forwarder(
  lab: DnsLab,
  servers: (string | NameServer)[],
  timeout = 20_000,
  attempts = 1,
) {
  return new Forwarder({
    inside: lab.inside,
    port: 53,
    resolvers: () => ({
      servers: servers.map((server) =>
        typeof server === "string" ? { address: parseAddress(server) } : server
      ),
      timeout,
      attempts,
    }),
  });
}

/** A server on the host's loopback that speaks TCP. */
function tcpServer(
  lab: DnsLab,
  address: string,
  say: (message: Uint8Array) => Uint8Array | undefined,
): TcpListener {
  const at = { address: addressBytes(parseAddress(address)), port: 53 };
  return new TcpListener(lab.inside(() => listenAt(at, "tcp")), say);
}

kernelTest("only the answer counts, among others by other ids", async () => {
  using lab = new DnsLab();
  using _server = lab.server("127.0.0.1", (message) => {
    const { id = 0 } = decode(message);
    const questions = [{ name: "evil.example.com", type: "A" }];
    return [
      replyTo(message, { id: id ^ 1 }),
      replyTo(message, { questions }),
      new Uint8Array(3),
      message,
      replyTo(message),
    ];
  });
  using forward = forwarder(lab, ["127.0.0.1"]);
  assert.equal(
    told(await forward.ask(QUERY, "n", "a", "udp")),
    "NOERROR 192.0.2.1",
  );
});

kernelTest("nobody but the server is heard, whatever they know", async () => {
  using lab = new DnsLab();
  using other = lab.server("127.0.0.2", () => []);
  using server = lab.server("127.0.0.1", (message, sender) => {
    other.send(replyTo(message), sender);
    return [];
  });
  using forward = forwarder(lab, ["127.0.0.1"], 100, 1);
  assert.equal(await forward.ask(QUERY, "n", "a", "udp"), undefined);
  await eventually("it was asked", () => server.asked.length > 0);
  assert.equal(server.asked.length, 1);
});

kernelTest("ids and ports are new for each question", async () => {
  using lab = new DnsLab();
  using server = lab.server("127.0.0.1", (message) => [replyTo(message)]);
  using forward = forwarder(lab, ["127.0.0.1"]);
  await Promise.all(
    Array.from({ length: 40 }, () => forward.ask(QUERY, "n", "a", "udp")),
  );
  const ids = server.asked.map((message) => decode(message).id!);
  assert.equal(ids.length, 40);
  assert(new Set(ids).size > 35);
  assert(Math.max(...ids) - Math.min(...ids) > 10_000);
});

kernelTest(
  "when one server is silent the next is asked, and first next time",
  async () => {
    using lab = new DnsLab();
    using silent = lab.server("127.0.0.1", () => []);
    using _good = lab.server("127.0.0.2", (message) => [replyTo(message)]);
    using forward = forwarder(lab, ["127.0.0.1", "127.0.0.2"], 300, 9);
    for (let i = 0; i < 3; i++) {
      assert.equal(
        told(await forward.ask(QUERY, "n", "a", "udp")),
        "NOERROR 192.0.2.1",
      );
    }
    assert.equal(silent.asked.length, 1);
  },
);

kernelTest(
  "where nobody listens or nothing leads the next is asked at once",
  async () => {
    using lab = new DnsLab();
    using _good = lab.server("127.0.0.3", (message) => [replyTo(message)]);
    const servers = ["127.0.0.1", "2001:db8::1", "127.0.0.3"];
    using forward = forwarder(lab, servers, 5000, 1);
    const start = performance.now();
    assert.equal(
      told(await forward.ask(QUERY, "n", "a", "udp")),
      "NOERROR 192.0.2.1",
    );
    assert(performance.now() - start < 10_000);
  },
);

kernelTest("a link-local server is asked on its link", async () => {
  using lab = new DnsLab();
  const address = parseAddress("fe80::53");
  using route = lab.inside(() => new NetlinkSocket("ROUTE"));
  route.request(addAddress(10, { address, length: 64 }));
  using _server = lab.server("fe80::53", (message) => [replyTo(message)], 10);
  for (const zone of ["rkl0", "10"]) {
    // A new address is usable a moment later.
    using forward = forwarder(lab, [{ address, zone }], 300, 60);
    assert.equal(
      told(await forward.ask(QUERY, "n", "a", "udp")),
      "NOERROR 192.0.2.1",
    );
  }
  for (const zone of ["rkl1", "none", "../../../x", "12345678901234567"]) {
    using forward = forwarder(lab, [{ address, zone }], 50, 1);
    assert.equal(await forward.ask(QUERY, "n", "a", "udp"), undefined);
  }
});

kernelTest(
  "a server that cannot tell has the next asked; its word is the last",
  async () => {
    using lab = new DnsLab();
    using _one = lab.server("127.0.0.1", (message) => [
      replyTo(message, { flags: 2, answers: [] }),
    ]);
    using two = lab.server("127.0.0.2", (message) => [
      two.asked.length > 1
        ? replyTo(message, { flags: 5, answers: [] })
        : replyTo(message, { flags: 3, answers: [] }),
    ]);
    using forward = forwarder(lab, ["127.0.0.1", "127.0.0.2"]);
    assert.equal(told(await forward.ask(QUERY, "n", "a", "udp")), "NXDOMAIN");
    assert.equal(told(await forward.ask(QUERY, "n", "a", "udp")), "REFUSED");
  },
);

kernelTest(
  "of an answer that is cut the whole is asked for by TCP",
  async () => {
    using lab = new DnsLab();
    using server = lab.server("127.0.0.1", (message) => [
      replyTo(message, { flags: 0x200 }),
    ]);
    using forward = forwarder(lab, ["127.0.0.1"]);
    {
      using _tcp = tcpServer(lab, "127.0.0.1", (message) => {
        const answers = Array(200).fill({
          name: "a",
          type: "A",
          data: "192.0.2.2",
        });
        return replyTo(message, { answers });
      });
      const reply = decode((await forward.ask(QUERY, "n", "a", "tcp"))!);
      assert.deepEqual([reply.flag_tc, reply.answers!.length], [false, 200]);
    }
    // without it, what there is
    const reply = await forward.ask(QUERY, "n", "a", "tcp");
    assert.equal(told(reply), "NOERROR TC 192.0.2.1");
    assert.equal(server.asked.length, 2);
  },
);

kernelTest(
  "a server that says nothing over TCP costs no answer",
  async () => {
    using lab = new DnsLab();
    using _server = lab.server("127.0.0.1", (message) => [
      replyTo(message, { flags: 0x200 }),
    ]);
    using _tcp = tcpServer(lab, "127.0.0.1", () => undefined);
    using forward = forwarder(lab, ["127.0.0.1"]);
    assert.equal(
      told(await forward.ask(QUERY, "n", "a", "tcp")),
      "NOERROR TC 192.0.2.1",
    );
  },
);

kernelTest("who asks by UDP gets the part of an answer that came", async () => {
  using lab = new DnsLab();
  using _server = lab.server("127.0.0.1", (message) => [
    replyTo(message, { flags: 0x200 }),
  ]);
  const asked: Uint8Array[] = [];
  using _tcp = tcpServer(lab, "127.0.0.1", (message) => {
    asked.push(message);
    return replyTo(message);
  });
  using forward = forwarder(lab, ["127.0.0.1"]);
  const reply = await forward.ask(QUERY, "n", "a", "udp");
  assert.equal(told(reply), "NOERROR TC 192.0.2.1");
  assert.equal(asked.length, 0);
});

kernelTest("all silent: undefined, after all attempts", async () => {
  using lab = new DnsLab();
  using one = lab.server("127.0.0.1", () => []);
  using two = lab.server("127.0.0.2", () => []);
  using forward = forwarder(lab, ["127.0.0.1", "127.0.0.2"], 50, 3);
  assert.equal(await forward.ask(QUERY, "n", "a", "udp"), undefined);
  const asked = () => one.asked.length + two.asked.length;
  await eventually("all has arrived", () => asked() >= 6);
  assert.deepEqual([one.asked.length, two.asked.length], [3, 3]);
});

kernelTest("one network's questions leave room for others'", async () => {
  using lab = new DnsLab();
  using server = lab.server("127.0.0.1", () => []);
  const forward = forwarder(lab, ["127.0.0.1"], 60_000, 1);
  const flood = Array.from(
    { length: 300 },
    (_, i) => forward.ask(QUERY, "bad", `${i % 3}`, "udp"),
  );
  const refused = await Promise.race([flood.at(-1)]);
  assert.equal(refused, undefined);
  const other = forward.ask(QUERY, "good", "a", "udp");
  await until(() => server.asked.length === 129);
  // Ending it ends all waits at once.
  forward[Symbol.dispose]();
  const replies = await Promise.all([...flood, other]);
  assert(replies.every((reply) => reply === undefined));
  assert.equal(server.asked.length, 129);
});

kernelTest(
  "one asker's questions leave room for others' of the network",
  async () => {
    using lab = new DnsLab();
    using server = lab.server("127.0.0.1", () => []);
    const forward = forwarder(lab, ["127.0.0.1"], 60_000, 1);
    const flood = Array.from(
      { length: 300 },
      () => forward.ask(QUERY, "n", "bad", "udp"),
    );
    const refused = await Promise.race([flood.at(-1)]);
    assert.equal(refused, undefined);
    const other = forward.ask(QUERY, "n", "good", "udp");
    await until(() => server.asked.length === 65);
    // Ending it ends all waits at once.
    forward[Symbol.dispose]();
    const replies = await Promise.all([...flood, other]);
    assert(replies.every((reply) => reply === undefined));
    assert.equal(server.asked.length, 65);
  },
);
