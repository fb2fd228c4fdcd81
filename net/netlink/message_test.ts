import assert from "node:assert/strict";
import { decodeAddress } from "./address.ts";
import { Attributes, MalformedMessageError } from "./attribute.ts";
import { decodeFlow } from "./conntrack.ts";
import { holdsOut, noise, payloads, spoilt } from "./fuzz.ts";
import { decodeLink } from "./link.ts";
import {
  decodeMessages,
  decodePayload,
  decodeVerdict,
  encodeRequest,
  type Message,
  NLM_F,
  NLMSG,
} from "./message.ts";
import { decodeRoute } from "./route.ts";
import { RTM } from "./rtm.ts";
import * as recorded from "./testing.ts";
import { hex, RECORDED } from "./testing.ts";
import { addVlan, decodeVlans } from "./vlan.ts";

Deno.test("encodeRequest() writes the header and pads the body", () => {
  const request = {
    what: "test",
    type: 0x10,
    flags: NLM_F.ACK,
    body: Uint8Array.of(1, 2, 3, 4, 5),
  };
  assert.equal(
    encodeRequest(request, 0x01020304).toHex(),
    "15000000" + "1000" + "0500" + "04030201" + "00000000" + "0102030405" +
      "000000",
  );
});

Deno.test("a datagram is split into its messages", () => {
  const messages = decodeMessages(recorded.ADDRESSES[0]);
  assert.deepEqual(messages.map(({ type }) => type), [
    RTM.NEWADDR,
    RTM.NEWADDR,
    RTM.NEWADDR,
  ]);
  assert(messages.every(({ seq }) => seq === 7));
  assert.deepEqual(decodeMessages(new Uint8Array(0)), []);
});

Deno.test("a message whose length lies is malformed", () => {
  const header = "1000 0500 07000000 00000000";
  const cases = [
    ["10", /at byte 0 has 1 bytes left for a header of 16/],
    [`00000000 ${header}`, /claims 0 bytes, 16 to 16 are possible/],
    [`0f000000 ${header}`, /claims 15 bytes/],
    [`11000000 ${header}`, /claims 17 bytes/],
    [`ffffffff ${header}`, /claims 4294967295 bytes/],
    [`10000000 ${header} 1000`, /at byte 16 has 2 bytes left/],
  ] as const;
  for (const [bytes, problem] of cases) {
    assert.throws(() => decodeMessages(hex(bytes)), (error) => {
      assert(error instanceof MalformedMessageError);
      assert.match(error.message, problem);
      return true;
    });
  }
});

Deno.test("a payload shorter than its header is malformed", () => {
  const message = { type: 16, flags: 0, seq: 1, payload: new Uint8Array(15) };
  assert.throws(
    () => decodePayload(message, 16),
    /a message of type 16 has 15 bytes, its header alone has 16/,
  );
});

const [EEXIST, EINVAL, ERANGE] = [17, 22, 34];

Deno.test("a verdict tells the errno and the kernel's words", () => {
  const verdict = ([datagram]: readonly Uint8Array[]) =>
    decodeVerdict(decodeMessages(datagram!)[0]!);
  assert.deepEqual(verdict([recorded.LINK_PORT[1]]), { errno: 0 });
  assert.deepEqual(verdict(recorded.EEXIST), { errno: EEXIST });
  assert.deepEqual(verdict(recorded.EEXIST_UNCAPPED), { errno: EEXIST });
  const tooSmall = { errno: EINVAL, text: "mtu less than device minimum" };
  assert.deepEqual(verdict(recorded.MTU_TOO_SMALL), tooSmall);
  assert.deepEqual(verdict(recorded.MTU_UNCAPPED), tooSmall);
  assert.deepEqual(verdict(recorded.BAD_ATTRIBUTE), {
    errno: ERANGE,
    text: "Attribute failed policy validation",
    offset: 32,
  });
  assert.deepEqual(verdict(recorded.DUMP_REFUSED), {
    errno: EINVAL,
    text: "Unsupported attribute in dump request",
  });
});

Deno.test("a verdict that is too short, or a success, is malformed", () => {
  const verdict = (type: number, payload: string) =>
    decodeVerdict({ type, flags: 0, seq: 1, payload: hex(payload) });
  assert.throws(() => verdict(NLMSG.ERROR, "00000000"), /20 are due/);
  assert.throws(() => verdict(NLMSG.DONE, "0000"), /4 are due/);
  assert.throws(() => verdict(NLMSG.DONE, "01000000"), /has 1 for an errno/);
});

/** What reads messages, by their types. */
const DECODERS: readonly (readonly [
  type: number,
  decode: (message: Message) => unknown,
  headerSize: number,
])[] = [
  [NLMSG.ERROR, decodeVerdict, 20],
  [RTM.NEWLINK, decodeLink, 16],
  [RTM.NEWLINK, decodeVlans, 16],
  [RTM.NEWADDR, decodeAddress, 8],
  [RTM.NEWROUTE, decodeRoute, 12],
  [0x100, decodeFlow, 4],
];

/** A port's VLANs are told as they are asked for. */
const VLANS = encodeRequest(
  { ...addVlan(11, { id: 5, pvid: true }), type: RTM.NEWLINK },
  7,
);

Deno.test("spoilt datagrams are decoded or refused, whatever they say", () => {
  const samples = spoilt([...RECORDED, VLANS]);
  const counts = holdsOut(samples, [MalformedMessageError], (bytes) => {
    for (const message of decodeMessages(bytes)) {
      for (const [type, decode] of DECODERS) {
        if (type === message.type) decode(message);
      }
      if (message.type === NLMSG.DONE) decodeVerdict(message);
    }
  });
  assert(counts.succeeded > 100 && counts.failed > 100, JSON.stringify(counts));
});

Deno.test("noise is decoded or refused", () => {
  holdsOut(noise, [MalformedMessageError], decodeMessages);
  holdsOut(noise, [MalformedMessageError], (bytes) => new Attributes(bytes));
});

for (const [type, decode, headerSize] of DECODERS) {
  Deno.test(`${decode.name}() reads or refuses whatever attributes`, () => {
    holdsOut(payloads(headerSize), [MalformedMessageError], (payload) => {
      decode({ type, flags: 0, seq: 1, payload });
    });
  });
}
