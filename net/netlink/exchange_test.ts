import assert from "node:assert/strict";
import { viewOf } from "../../sys/memory.ts";
import fc from "fast-check";
import { concat, MalformedMessageError } from "./attribute.ts";
import { LostAnswerError, NetlinkError, UnsettledDumpError } from "./errors.ts";
import { Exchange, type Overrun } from "./exchange.ts";
import { decodeMessages, encodeRequest, NLM_F, NLMSG } from "./message.ts";
import * as recorded from "./testing.ts";
import { holdsOut, spoilt } from "./fuzz.ts";
import { hex, RECORDED } from "./testing.ts";

/** A kernel that answers what `answer` says to the nth datagram. */
function kernel(
  answer: (seqs: number[], nth: number) => (Uint8Array | Overrun)[],
): { exchange: Exchange; sent: Uint8Array[] } {
  const sent: Uint8Array[] = [];
  let queue: (Uint8Array | Overrun)[] = [];
  const exchange = new Exchange({
    send(datagram) {
      const seqs = decodeMessages(datagram).map(({ seq }) => seq);
      queue = [...queue, ...answer(seqs, sent.length)];
      sent.push(datagram);
    },
    receive: () => queue.shift(),
  });
  return { exchange, sent };
}

const request = (what: string, flags: number = NLM_F.ACK) => ({
  what,
  type: 16,
  flags,
  body: new Uint8Array(16),
});

/** A message of the kernel; NLM_F.REQUEST is in its flags, and means nothing. */
function message(
  type: number,
  seq: number,
  { flags = 0, payload = "" } = {},
): Uint8Array {
  const body = hex(payload);
  return encodeRequest({ what: "", type, flags, body }, seq);
}

/** struct nlmsgerr */
function verdict(seq: number, errno: number): Uint8Array {
  const error = new Uint8Array(Int32Array.of(-errno).buffer).toHex();
  const payload = error + "00".repeat(16);
  return message(NLMSG.ERROR, seq, { payload });
}

const done = (seq: number, flags = 0) =>
  message(NLMSG.DONE, seq, { flags, payload: "00000000" });

const [EPERM, EEXIST] = [1, 17];

Deno.test("answers find their requests by number, in any order", () => {
  const { exchange, sent } = kernel(([a, b, c]) => [
    concat(verdict(c!, EEXIST), message(16, b!)),
    verdict(a!, 0),
    verdict(b!, 0),
  ]);
  const outcomes = exchange.send(["a", "b", "c"].map((what) => request(what)));
  assert.equal(sent.length, 1);
  assert.deepEqual(outcomes[0], []);
  assert.equal((outcomes[1] as unknown[]).length, 1);
  assert(outcomes[2] instanceof NetlinkError);
  assert.match(outcomes[2].message, /^cannot c: EEXIST \(file exists\)$/);
});

Deno.test("an answer to an earlier request is nobody's", () => {
  const { exchange } = kernel(([seq]) => [
    verdict(seq! - 1, EPERM),
    verdict(0, EPERM),
    verdict(seq!, 0),
  ]);
  assert.deepEqual(exchange.send([request("a")]), [[]]);
  assert.deepEqual(exchange.send([request("a")]), [[]]);
});

Deno.test("a request without ACK works unless the kernel objects", () => {
  const { exchange } = kernel((seqs, nth) =>
    nth === 0 ? [] : [verdict(seqs[1]!, EPERM)]
  );
  const silent = [request("a", 0), request("b", 0)];
  assert.deepEqual(exchange.send(silent), [[], []]);
  const [a, b] = exchange.send(silent);
  assert.deepEqual(a, []);
  assert(b instanceof NetlinkError);
});

Deno.test("a refusal outweighs an acknowledgement of the same request", () => {
  const { exchange } = kernel((
    [seq],
  ) => [verdict(seq!, 0), verdict(seq!, EPERM), verdict(seq!, 0)]);
  assert(exchange.send([request("a")])[0] instanceof NetlinkError);
});

Deno.test("a lost answer is told from a refusal", () => {
  const { exchange } = kernel(([a]) => [
    verdict(a!, 0),
    { overrun: "too much" },
  ]);
  const requests = [request("do a"), request("do b"), request("do c", 0)];
  const [a, b, c] = exchange.send(requests);
  assert.deepEqual(a, []);
  assert(c instanceof LostAnswerError); // its refusal may be what was lost
  assert(b instanceof LostAnswerError);
  assert.match(b.message, /whether it worked to do b: .* lost \(too much\)/);
});

Deno.test("a request that is not answered at all is not taken for done", () => {
  const { exchange } = kernel(() => []);
  const [outcome] = exchange.send([request("do it")]);
  assert(outcome instanceof LostAnswerError);
  assert.match(outcome.message, /the kernel's answer is lost \(none came\)/);
});

Deno.test("an error shows the attribute the kernel points at", () => {
  const { exchange } = kernel(() => [recorded.BAD_ATTRIBUTE[0]]);
  for (let seq = 1; seq < 7; seq++) exchange.send([request("skip", 0)]);
  const body = concat(new Uint8Array(16), hex("0500040001000000"));
  const [error] = exchange.send([{ ...request("set the MTU"), body }]);
  assert(error instanceof NetlinkError);
  assert.equal(error.code, "ERANGE");
  assert.equal(
    error.message,
    "cannot set the MTU: ERANGE (numerical result out of range); the kernel " +
      'says "Attribute failed policy validation" of attribute 4 at byte 32',
  );
});

Deno.test("a dump is all messages up to DONE", () => {
  const { exchange, sent } = kernel(([seq]) => [
    concat(message(16, seq!), message(16, seq!)),
    message(16, seq! + 1),
    message(16, seq!),
    done(seq!),
  ]);
  assert.equal(exchange.dump(request("list", 0)).length, 3);
  const flags = viewOf(sent[0]!).getUint16(6, true);
  assert.equal(flags, NLM_F.REQUEST | NLM_F.DUMP);
});

Deno.test("a dump that changed meanwhile is read again", () => {
  const flags = NLM_F.DUMP_INTR;
  const { exchange, sent } = kernel(([seq], nth) => {
    if (nth === 0) return [message(16, seq!, { flags }), done(seq!)];
    if (nth === 1) return [message(16, seq!), done(seq!, flags)];
    if (nth === 2) return [message(16, seq!), { overrun: "too much" }];
    if (nth === 3) return [message(16, seq!)]; // and no end
    return [message(16, seq!), message(16, seq!), done(seq!)];
  });
  assert.equal(exchange.dump(request("list")).length, 2);
  assert.equal(sent.length, 5);
});

Deno.test("a dump that never holds still is an error, not a hang", () => {
  const { exchange } = kernel((
    [seq],
  ) => [done(seq!, NLM_F.DUMP_INTR)]);
  assert.throws(() => exchange.dump(request("list the links")), (error) => {
    assert(error instanceof UnsettledDumpError);
    assert.match(error.message, /did not hold still in 50 attempts/);
    return true;
  });
});

Deno.test("a dump can be refused by an ERROR and by its DONE", () => {
  const answers = [
    (seq: number) => verdict(seq, EPERM),
    (seq: number) => message(NLMSG.DONE, seq, { payload: "ffffffff" }),
  ];
  for (const answer of answers) {
    const { exchange } = kernel(([seq]) => [answer(seq!)]);
    assert.throws(() => exchange.dump(request("list")), /list: EPERM/);
  }
});

Deno.test("what an exchange that threw has left does not reach the next", () => {
  const { exchange } = kernel(([seq], nth) =>
    nth === 0
      ? [hex("01"), message(16, 2), verdict(2, EPERM)]
      : [verdict(seq!, 0)]
  );
  assert.throws(() => exchange.send([request("a")]), MalformedMessageError);
  assert.deepEqual(exchange.send([request("b")]), [[]]);
});

Deno.test("whatever is received, an exchange ends", () => {
  const answer = fc.oneof(
    { weight: 1, arbitrary: fc.constant({ overrun: "too much" }) },
    { weight: 9, arbitrary: spoilt(RECORDED) },
  );
  const story = fc.record({
    answers: fc.array(answer, { maxLength: 4 }),
    dumps: fc.boolean(),
  });
  const expected = [
    MalformedMessageError,
    NetlinkError,
    LostAnswerError,
    UnsettledDumpError,
  ];
  holdsOut(story, expected, ({ answers, dumps }) => {
    const { exchange } = kernel(([seq]) =>
      answers.map((received) => {
        if ("overrun" in received) return received;
        const bytes = received.slice();
        if (bytes.length >= 12) viewOf(bytes).setUint32(8, seq!, true);
        return bytes;
      })
    );
    if (dumps) exchange.dump(request("list"));
    const outcomes = exchange.send([request("a"), request("b")]);
    assert.equal(outcomes.length, 2);
  });
});
