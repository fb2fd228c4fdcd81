import assert from "node:assert/strict";
import { decode, encode } from "@dnsquery/dns-packet";
import fc from "fast-check";
import { parseNetwork } from "../prefix.ts";
import { answer, type View } from "./answer.ts";
import type { Zone } from "./names.ts";
import { FLAG, type Query } from "./query.ts";
import { opt, query, table, told } from "./testing.ts";

const front: Zone = {
  table: table({
    Web: ["10.88.0.2", "fd00::2"],
    db: ["10.88.0.3"],
    api: ["10.88.0.4", "fd00::4", "10.88.0.5", "fd00::5", "10.88.0.6"],
    six: ["fd00::6"],
    "web.shop": ["10.88.0.2"],
  }),
  subnets: ["10.88.0.0/24", "fd00::/64"].map(parseNetwork),
  domain: "dns.podman",
};
const back: Zone = {
  table: table({ db: ["10.89.0.3"], cache: ["10.89.0.4"] }),
};

const open: View = { zones: [front], forwards: true };
const shut: View = { zones: [front], forwards: false };

/** What is said, or the name that is asked for outside. */
function ask(message: Uint8Array, view = open): string {
  const outcome = answer(message, "udp", () => view);
  if (outcome instanceof Uint8Array || outcome === undefined) {
    return told(outcome);
  }
  return `ask for ${outcome.name} ${outcome.type}`;
}

const ANSWERS: readonly [string, string, string][] = [
  ["web", "A", "NOERROR 10.88.0.2"],
  ["WEB", "AAAA", "NOERROR fd00::2"],
  ["web.dns.podman", "A", "NOERROR 10.88.0.2"],
  ["web.shop", "A", "NOERROR 10.88.0.2"],
  ["Web.Dns.Podman.", "A", "NOERROR 10.88.0.2"],
  ["db", "A", "NOERROR 10.88.0.3"],
  // there is the name, but not such a record
  ["db", "AAAA", "NOERROR"],
  ["six", "A", "NOERROR"],
  ["web", "MX", "NOERROR"],
  ["web", "TYPE65", "NOERROR"],
  ["dns.podman", "SOA", "NOERROR"],
  // one kind of record is enough of ANY
  ["web", "ANY", "NOERROR 10.88.0.2"],
  ["six", "ANY", "NOERROR fd00::6"],
  ["3.0.88.10.in-addr.arpa", "PTR", "NOERROR db"],
  ["3.0.88.10.IN-ADDR.ARPA", "ANY", "NOERROR db"],
  ["2.0.88.10.in-addr.arpa", "PTR", "NOERROR Web web.shop"],
  ["2.0.88.10.in-addr.arpa", "TXT", "NOERROR"],
  [
    "6.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa",
    "PTR",
    "NOERROR six",
  ],
  // nobody outside knows these
  ["nobody.dns.podman", "A", "NXDOMAIN"],
  ["99.0.88.10.in-addr.arpa", "PTR", "NXDOMAIN"],
  // but maybe these
  ["nobody", "A", "ask for nobody A"],
  ["www.example.com", "AAAA", "ask for www.example.com AAAA"],
  ["cache", "A", "ask for cache A"],
  ["99.0.89.10.in-addr.arpa", "PTR", "ask for 99.0.89.10.in-addr.arpa PTR"],
  ["88.10.in-addr.arpa", "SOA", "ask for 88.10.in-addr.arpa SOA"],
  ["300.0.88.10.in-addr.arpa", "PTR", "ask for 300.0.88.10.in-addr.arpa PTR"],
  [".", "NS", "ask for . NS"],
  ["example.com", "AXFR", "REFUSED"],
  ["example.com", "IXFR", "REFUSED"],
];

for (const [name, type, wanted] of ANSWERS) {
  Deno.test(`${type} of ${name}: ${wanted}`, () => {
    const number = /^TYPE(\d+)$/.exec(type)?.[1];
    assert.equal(
      ask(query(name, number ? `UNKNOWN_${number}` : type)),
      wanted.replace("TYPE", "UNKNOWN_"),
    );
  });
}

Deno.test("a network without a way out asks for nothing", () => {
  assert.equal(ask(query("web"), shut), "NOERROR 10.88.0.2");
  assert.equal(ask(query("secret.example.com"), shut), "NXDOMAIN");
  assert.equal(ask(query("nobody"), shut), "NXDOMAIN");
});

Deno.test("who is on two networks finds the names of both, by their order", () => {
  const both = { zones: [front, back], forwards: true };
  assert.equal(ask(query("cache"), both), "NOERROR 10.89.0.4");
  assert.equal(ask(query("db"), both), "NOERROR 10.88.0.3");
});

Deno.test("containers of one name take turns, by IP version", () => {
  const last = (type: string) => ask(query("api", type)).split(" ").slice(1);
  const four = ["10.88.0.4", "10.88.0.5", "10.88.0.6"];
  const first = last("A");
  assert.deepEqual(first.toSorted(), four);
  const six = [last("AAAA"), last("AAAA"), last("AAAA")];
  assert.deepEqual(six[0], six[1]!.toReversed());
  assert.deepEqual(six[0], six[2]);
  const turned = [...first.slice(1), first[0]];
  assert.deepEqual(last("A"), turned);
  assert.deepEqual(last("A"), [...turned.slice(1), turned[0]]);
  assert.deepEqual(last("A"), first);
});

Deno.test("an answer has the question's id, and its case of letters", () => {
  const message = query("wEb.dNs.pOdMaN", "A", { id: 0xbeef });
  const reply = decode(answer(message, "udp", () => open) as Uint8Array);
  assert.equal(reply.id, 0xbeef);
  assert.equal(reply.questions![0]!.name, "wEb.dNs.pOdMaN");
  assert.equal(reply.answers![0]!.name, "wEb.dNs.pOdMaN");
  assert.equal(reply.answers![0]!.ttl, 0);
  assert(reply.flag_qr && reply.flag_aa && reply.flag_rd && reply.flag_ra);
  assert.equal(reply.additionals!.length, 0);
});

Deno.test("EDNS is answered with EDNS, and unknown versions with BADVERS", () => {
  const message = query("web", "A", { additionals: [opt(4096)] });
  const reply = answer(message, "udp", () => open) as Uint8Array;
  assert.equal(told(reply), "NOERROR 10.88.0.2");
  assert.match(reply.toHex(), /00002904d0000000000000$/); // 1232 bytes
  const newer = query("web", "A", { additionals: [opt(4096, 1)] });
  const refusal = answer(newer, "udp", () => open) as Uint8Array;
  assert.match(refusal.toHex(), /00002904d0010000000000$/);
  assert.equal(decode(refusal).answers!.length, 0);
});

Deno.test("what does not fit into UDP is cut, and whole over TCP", () => {
  const many = Array.from({ length: 100 }, (_, i) => `10.88.1.${i}`);
  const zone = { table: table({ many }) };
  const view = { zones: [zone], forwards: true };
  const size = (message: Uint8Array, transport: "udp" | "tcp") => {
    const reply = answer(message, transport, () => view) as Uint8Array;
    const { flag_tc, answers } = decode(reply);
    return [reply.length, flag_tc, answers!.length];
  };
  const plain = query("many");
  assert.deepEqual(size(plain, "udp"), [502, true, 24]);
  const edns = (payload: number) =>
    query("many", "A", { additionals: [opt(payload)] });
  assert.deepEqual(size(edns(1), "udp"), [493, true, 23]);
  assert.deepEqual(size(edns(1000), "udp"), [993, true, 48]);
  assert.deepEqual(size(edns(65535), "udp"), [1213, true, 59]);
  assert.deepEqual(size(plain, "tcp"), [2022, false, 100]);
});

const HEADER = "0007 0100 0001 0000 0000 0000";
const WEB = "03776562 00 0001 0001";

/** What is wrong with a message, its bytes, and what is said. */
const ODD: readonly [string, string, string][] = [
  ["nothing", "", "nothing"],
  ["half a header", "0007 0100 0001", "nothing"],
  ["an answer", `0007 8180 0001 0000 0000 0000 ${WEB}`, "nothing"],
  ["an update", `0007 2800 0001 0000 0000 0000 ${WEB}`, "NOTIMP"],
  ["a status", `0007 1000 0000 0000 0000 0000`, "NOTIMP"],
  ["no question", "0007 0100 0000 0000 0000 0000", "FORMERR"],
  ["two questions", `0007 0100 0002 0000 0000 0000 ${WEB} ${WEB}`, "FORMERR"],
  ["an answer claimed", `0007 0100 0001 0001 0000 0000 ${WEB}`, "FORMERR"],
  ["65535 of all", "0007 0100 ffff ffff ffff ffff", "FORMERR"],
  ["65535 more", `0007 0100 0001 0000 0000 ffff ${WEB}`, "FORMERR"],
  ["a record missing", `0007 0100 0001 0000 0000 0001 ${WEB}`, "FORMERR"],
  ["a name without end", `${HEADER} 03776562`, "FORMERR"],
  ["no type", `${HEADER} 03776562 00`, "FORMERR"],
  ["a pointer to itself", `${HEADER} c00c 0001 0001`, "FORMERR"],
  ["a pointer behind it", `${HEADER} c012 0001 0001 03776562 00`, "FORMERR"],
  ["a label of 64", `${HEADER} 40${"61".repeat(64)} 00 0001 0001`, "FORMERR"],
  [
    "a name of 256",
    `${HEADER} ${`3f${"61".repeat(63)}`.repeat(4)} 00 0001 0001`,
    "FORMERR",
  ],
  [
    "two OPT records",
    `0007 0100 0001 0000 0000 0002 ${WEB} ${
      "00 0029 1000 00000000 0000".repeat(2)
    }`,
    "FORMERR",
  ],
  [
    "an OPT record with a name",
    `0007 0100 0001 0000 0000 0001 ${WEB} 0161 00 0029 1000 00000000 0000`,
    "FORMERR",
  ],
  [
    "an OPT record that ends too soon",
    `0007 0100 0001 0000 0000 0001 ${WEB} 00 0029 1000 00000000 0004 0000`,
    "FORMERR",
  ],
  ["another class", `${HEADER} 03776562 00 0001 0003`, "REFUSED"],
  ["class ANY", `${HEADER} 03776562 00 0001 00ff`, "REFUSED"],
  ["multicast's bit", `${HEADER} 03776562 00 0001 8001`, "REFUSED"],
  // not the name "web.shop", though it would read like it
  [
    "a dot in a label",
    `${HEADER} 08 7765622e73686f70 00 0001 0001`,
    "ask for undefined A",
  ],
  ["a NUL", `${HEADER} 0400776562 00 0001 0001`, "ask for undefined A"],
  ["no UTF-8", `${HEADER} 03ff6562 00 0001 0001`, "ask for undefined A"],
];

for (const [what, bytes, wanted] of ODD) {
  Deno.test(`a message with ${what}: ${wanted}`, () => {
    const message = Uint8Array.fromHex(bytes.replaceAll(" ", ""));
    assert.equal(ask(message), wanted);
    if (wanted === "nothing") return;
    const outcome = answer(message, "udp", () => open)!;
    const id = outcome instanceof Uint8Array ? decode(outcome).id : outcome.id;
    assert.equal(id, 7);
  });
}

/** Valid queries, with bytes spoilt, cut off or added. */
const spoilt = fc.tuple(
  fc.constantFrom("web", "api", "x.y", "2.0.88.10.in-addr.arpa", "."),
  fc.constantFrom("A", "AAAA", "PTR", "ANY", "OPT", "TXT"),
  fc.boolean(),
  fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 4 }),
  fc.nat(80),
  fc.uint8Array({ maxLength: 40 }),
).map(([name, type, edns, changes, length, tail]) => {
  const additionals = edns ? [opt(1400)] : [];
  const bytes = [...query(name, type, { additionals }), ...tail];
  for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
  return Uint8Array.from(length < 12 ? bytes.slice(0, length) : bytes);
});

Deno.test("any message is answered, forwarded or dropped, and fits", () => {
  const check = (message: Uint8Array) => {
    const outcome = answer(message, "udp", () => open);
    if (outcome === undefined) {
      assert(message.length < 12 || message[2]! & 0x80);
    } else if (outcome instanceof Uint8Array) {
      assert(outcome.length <= 1232);
      const { id, flag_qr, questions } = decode(outcome);
      assert.equal(id, message[0]! << 8 | message[1]!);
      assert(flag_qr);
      assert(questions!.length <= 1);
    } else assert(isWhole(outcome, message));
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), check));
  fc.assert(fc.property(spoilt, check), { numRuns: 500 });
});

function isWhole({ question }: Query, message: Uint8Array): boolean {
  return message.subarray(12, 12 + question.length).toHex() ===
    question.toHex();
}

Deno.test("64 KiB of pointers to pointers take no time", () => {
  const question = query("web", "A", { flags: FLAG.RECURSION_DESIRED });
  const message = new Uint8Array(0xffff);
  message.set(question);
  for (let at = question.length; at + 1 < message.length; at += 2) {
    message.set([0xc0 | (at - 2) >> 8 & 0x3f, at - 2 & 0xff], at);
  }
  const start = performance.now();
  for (const count of [1, 4, 5, 0xffff]) {
    new DataView(message.buffer).setUint16(10, count);
    assert.equal(ask(message), "FORMERR");
  }
  assert(performance.now() - start < 1000);
});

Deno.test("a container by a name that DNS cannot carry has its other names", () => {
  const names = ["a".repeat(64), "höst", "a..b", "", "a b", "x".repeat(63)];
  const zone = {
    table: { addresses: new Map(), names: new Map([["10.88.0.2", names]]) },
  };
  const message = query("2.0.88.10.in-addr.arpa", "PTR");
  const view = { zones: [zone], forwards: true };
  assert.equal(ask(message, view), `NOERROR ${"x".repeat(63)}`);
});

Deno.test("the library reads what it wrote", () => {
  // What tests rely on: they read answers with the library that made them.
  const bytes = encode({ id: 1, questions: [{ name: "a.b", type: "A" }] });
  assert.equal(
    bytes.toHex(),
    "000100000001000000000000" + "0161016200" + "00010001",
  );
});
