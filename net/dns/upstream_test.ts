import assert from "node:assert/strict";
import { decode, type Packet } from "@dnsquery/dns-packet";
import fc from "fast-check";
import { hex } from "../netlink/testing.ts";
import { type Query, readQuery } from "./query.ts";
import { encodeForwarded } from "./reply.ts";
import { query, replyTo, told } from "./testing.ts";
import { fitReply, readServerReply } from "./upstream.ts";

const ID = 0x1234;
const asked = read(query("wWw.example.com"));
const sent = encodeForwarded(asked, ID);

function read(message: Uint8Array): Query {
  const result = readQuery(message);
  assert(result && !("rcode" in result));
  return result;
}

Deno.test("a question is passed on by another id, and with EDNS if it had it", () => {
  assert.deepEqual(
    decode(sent).questions,
    decode(query("wWw.example.com")).questions,
  );
  assert.equal(decode(sent).id, ID);
  assert.equal(decode(sent).additionals!.length, 0);
  // with AD and CD; with DO, and a cookie, which is not for the server
  const question = "0161 0162 00 0010 0001";
  const opt = "00 0029 1000 0000 8000 000c 000a 0008 0123456789abcdef";
  const message = hex(`0007 0130 0001 0000 0000 0001 ${question} ${opt}`);
  assert.deepEqual(
    encodeForwarded(read(message), ID),
    hex(
      `1234 0130 0001 0000 0000 0001 ${question} 00 0029 04d0 0000 8000 0000`,
    ),
  );
});

Deno.test("the answer goes to the asker with its id and its letters", () => {
  const lower = replyTo(sent, {
    questions: [{ name: "www.EXAMPLE.com", type: "A" }],
  });
  const { message, truncated, failed } = readServerReply(lower, asked, ID)!;
  assert.equal(told(message), "NOERROR 192.0.2.1");
  assert.equal(decode(message).id, 7);
  assert.equal(decode(message).questions![0]!.name, "wWw.example.com");
  assert(!truncated && !failed);
});

const FORGED: readonly [string, Packet][] = [
  ["another id", { id: ID + 1 }],
  ["a question", { type: "query" }],
  ["another name", { questions: [{ name: "evil.com", type: "A" }] }],
  [
    "another type",
    { questions: [{ name: "wWw.example.com", type: "AAAA" }] },
  ],
  [
    "another class",
    { questions: [{ name: "wWw.example.com", type: "A", class: "CH" }] },
  ],
  ["no question", { questions: [] }],
  ["two questions", {
    questions: [
      { name: "wWw.example.com", type: "A" },
      { name: "wWw.example.com", type: "A" },
    ],
  }],
  ["an update", { flags: 0x2800 }],
];

for (const [what, more] of FORGED) {
  Deno.test(`a message with ${what} is not the answer`, () => {
    assert.equal(readServerReply(replyTo(sent, more), asked, ID), undefined);
  });
}

Deno.test("what a server cannot tell is a failure, NXDOMAIN is an answer", () => {
  const failed = [0, 1, 2, 3, 4, 5].map((rcode) =>
    readServerReply(replyTo(sent, { flags: rcode, answers: [] }), asked, ID)!
      .failed
  );
  assert.deepEqual(failed, [false, true, true, false, true, true]);
});

Deno.test("a server that does not read the question may leave it out", () => {
  const bare = Uint8Array.fromHex("123480010000000000000000");
  const reply = readServerReply(bare, asked, ID)!;
  assert(reply.failed);
  assert.equal(told(reply.message), "FORMERR");
  assert.equal(decode(reply.message).id, 7);
  bare[3] = 0; // NOERROR
  assert.equal(readServerReply(bare, asked, ID), undefined);
});

Deno.test("an answer too long for the asker says so, and no more", () => {
  const long = replyTo(sent, {
    flags: 3,
    answers: Array(50).fill({ name: "a", type: "A", data: "192.0.2.1" }),
  });
  const { message } = readServerReply(long, asked, ID)!;
  assert.equal(fitReply(message, asked, message.length), message);
  const cut = fitReply(message, asked, 512);
  assert.equal(told(cut), "NXDOMAIN TC");
  assert(cut.length <= 512);
});

Deno.test("any bytes are the answer or are not, and keep their length", () => {
  const reply = replyTo(sent);
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 3 })
      .map((changes) => {
        const copy = reply.slice();
        for (const [at, value] of changes) copy[at % copy.length] = value;
        return copy;
      }),
  );
  fc.assert(fc.property(bytes, (bytes) => {
    const result = readServerReply(bytes, asked, ID);
    if (!result || result.message.length !== bytes.length) return;
    assert.equal(
      result.message.subarray(12, 12 + asked.question.length).toHex(),
      asked.question.toHex(),
    );
  }));
});
