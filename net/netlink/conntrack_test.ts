import assert from "node:assert/strict";
import { parseAddress } from "../address.ts";
import { MalformedMessageError } from "./attribute.ts";
import {
  decodeFlow,
  deleteFlow,
  forgetAddress,
  forgetPort,
  listFlows,
} from "./conntrack.ts";
import { decodeMessages, encodeRequest } from "./message.ts";
import { FLOWS, hex } from "./testing.ts";

const WEB = parseAddress("10.88.0.2");
const WEB6 = parseAddress("fd00:88::2");

const FLOW = decodeMessages(FLOWS[0])[0]!;

Deno.test("listFlows() names what is looked at", () => {
  const list = listFlows({ family: 4, protocol: "udp", answeredBy: WEB });
  assert.equal(
    encodeRequest(list, 7).toHex(),
    hex(`
      44000000 01010100 07000000 00000000 02000000
      1c000280 0c000180 08000100 0a580002 0c000280 05000100 11000000
      14001980 08000100 00000000 08000200 09000000
    `).toHex(),
  );
});

Deno.test("forgetAddress() is one message without an answer", () => {
  assert.equal(
    encodeRequest(forgetAddress(WEB), 0).toHex(),
    hex(`
      3c000000 02010100 00000000 00000000 02000000
      14000280 0c000180 08000100 0a580002 04000280
      14001980 08000100 00000000 08000200 01000000
    `).toHex(),
  );
});

Deno.test("forgetPort() tells flows of IPv6 by their ports", () => {
  const port = {
    protocol: "udp",
    hostPort: 8080,
    address: WEB6,
    port: 80,
  } as const;
  assert.equal(
    encodeRequest(forgetPort(port), 0).toHex(),
    hex(`
      68000000 02010100 00000000 00000000 0a000000
      08000300 00000020 08001a00 00000020
      18000180 14000280 05000100 11000000 06000300 1f900000
      18000280 14000280 05000100 11000000 06000200 00500000
      14001980 08000100 28000000 08000200 18000000
    `).toHex(),
  );
});

Deno.test("a kernel that knows no filter finds no whole tuple, so no order to forget all", () => {
  const types = (body: Uint8Array) => {
    const found: number[] = [];
    const view = new DataView(body.buffer);
    for (
      let at = 4;
      at < body.length;
      at += view.getUint16(at, true) + 3 & ~3
    ) {
      found.push(view.getUint16(at + 2, true) & 0x3fff);
    }
    return found;
  };
  const [ORIGINAL, REPLY] = [1, 2];
  for (const address of [WEB, WEB6]) {
    const port = { protocol: "udp", hostPort: 1, address, port: 2 } as const;
    assert(types(forgetPort(port).body).includes(ORIGINAL));
  }
  assert(types(forgetAddress(WEB, "udp").body).includes(REPLY));
});

Deno.test("addresses of IPv6 are not asked for, as kernels compare them wrongly", () => {
  const wanted = { family: 6, protocol: "udp", answeredBy: WEB6 } as const;
  assert.throws(() => listFlows(wanted), /fd00:88::2.*the wrong way round/);
  assert.throws(() => forgetAddress(WEB6), RangeError);
});

Deno.test("decodeFlow() reads both directions, and deleteFlow() names the flow", () => {
  const flow = decodeFlow(FLOW);
  const { key, ...rest } = flow;
  const client = parseAddress("192.0.2.2");
  assert.deepEqual(rest, {
    original: {
      source: client,
      destination: parseAddress("192.0.2.1"),
      protocol: 17,
      sourcePort: 0xad9d,
      destinationPort: 8080,
    },
    reply: {
      source: WEB,
      destination: client,
      protocol: 17,
      sourcePort: 80,
      destinationPort: 0xad9d,
    },
    dnat: true,
    snat: false,
  });
  const wanted = FLOW.payload.subarray(4, 56).toHex() + "08000c001c745c96";
  assert.equal(key.toHex(), wanted);
  assert.equal(deleteFlow(flow).body.toHex(), "02000000" + wanted);
});

Deno.test("decodeFlow() refuses what is no flow", () => {
  for (const payload of ["02000000", "0a" + FLOW.payload.toHex().slice(2)]) {
    assert.throws(
      () => decodeFlow({ ...FLOW, payload: hex(payload) }),
      MalformedMessageError,
    );
  }
});
