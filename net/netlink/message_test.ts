import assert from "node:assert/strict";
import { decodeAddress } from "./address.ts";
import { Attributes, MalformedMessageError } from "./attribute.ts";
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
import { hex, randomFrom, RECORDED, spoil } from "./testing.ts";

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

Deno.test("spoilt datagrams are decoded or refused, whatever they say", () => {
  const random = randomFrom(4);
  let refused = 0;
  for (let i = 0; i < 20_000; i++) {
    const bytes = spoil(RECORDED[random(RECORDED.length)]!, random);
    try {
      decodeMessages(bytes).forEach(decodeWhatever);
    } catch (error) {
      // Anything else would be a bug of the decoder.
      if (!(error instanceof MalformedMessageError)) throw error;
      refused++;
    }
  }
  assert(refused > 1000 && refused < 19_000, `${refused} were refused`);
});

Deno.test("noise is decoded or refused", () => {
  const random = randomFrom(5);
  for (let i = 0; i < 5000; i++) {
    const noise = Uint8Array.from({ length: random(80) }, () => random(256));
    for (const read of [decodeMessages, (b: Uint8Array) => new Attributes(b)]) {
      try {
        read(noise);
      } catch (error) {
        if (!(error instanceof MalformedMessageError)) throw error;
      }
    }
  }
});

function decodeWhatever(message: Message): void {
  const decoders: Record<number, (message: Message) => unknown> = {
    [NLMSG.ERROR]: decodeVerdict,
    [NLMSG.DONE]: decodeVerdict,
    [RTM.NEWLINK]: decodeLink,
    [RTM.NEWADDR]: decodeAddress,
    [RTM.NEWROUTE]: decodeRoute,
  };
  decoders[message.type]?.(message);
}
