import assert from "node:assert/strict";
import {
  addressBytes,
  addressFromBytes,
  formatAddress,
  InvalidAddressError,
  parseAddress,
  sameAddress,
} from "./address.ts";
import { randomFrom } from "./netlink/testing.ts";

const CANONICAL = [
  // text, how it is written
  ["0.0.0.0", "0.0.0.0"],
  ["255.255.255.255", "255.255.255.255"],
  ["10.88.0.1", "10.88.0.1"],
  ["::", "::"],
  ["::1", "::1"],
  ["1::", "1::"],
  ["0:0:0:0:0:0:0:0", "::"],
  ["2001:DB8::A", "2001:db8::a"],
  // RFC 5952, section 4: the longest run, the first of equals, not a single 0
  ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
  ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
  ["2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
  ["0:1:2:3:4:5:6:7", "0:1:2:3:4:5:6:7"],
  ["1:2:3:4:5:6::", "1:2:3:4:5:6::"],
  ["::ffff:192.0.2.1", "::ffff:192.0.2.1"],
  ["::ffff:c000:201", "::ffff:192.0.2.1"],
  ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
  ["1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"],
] as const;

for (const [text, written] of CANONICAL) {
  Deno.test(`the address ${text} is written ${written}`, () => {
    const address = parseAddress(text);
    assert.equal(formatAddress(address), written);
    assert.deepEqual(parseAddress(written), address);
    assert.deepEqual(addressFromBytes(addressBytes(address)), address);
  });
}

const INVALID = [
  ["", /four numbers/],
  ["1.2.3", /four numbers/],
  ["1.2.3.4.5", /four numbers/],
  ["1.2.3.256", /"256" is no number from 0 to 255/],
  ["1.2.3.04", /leading zero/],
  ["1.2.3.-4", /no number/],
  ["1.2.3. 4", /no number/],
  ["1.2.3.٤", /no number/],
  ["0x7f.0.0.1", /no number/],
  ["127.1", /four numbers/],
  [":", /no group/],
  [":::", /no group|once/],
  ["1::2::3", /may stand once/],
  ["1:2:3:4:5:6:7", /7 groups where 8 are due/],
  ["1:2:3:4:5:6:7:8:9", /9 groups where 8/],
  ["1:2:3:4:5:6:7::8", /at most 7/],
  ["12345::", /no group of 1 to 4 hex/],
  ["g::", /no group/],
  ["fe80::1%eth0", /zone/],
  ["::1.2.3.4:5", /no group/],
  ["1.2.3.4::", /no group/],
  ["::1.2.3.400", /no number/],
  [":1:2:3:4:5:6:7", /no group/],
] as const;

for (const [text, problem] of INVALID) {
  Deno.test(`${JSON.stringify(text)} is no address`, () => {
    assert.throws(() => parseAddress(text), (error) => {
      assert(error instanceof InvalidAddressError);
      assert.equal(error.text, text);
      assert.match(error.message, problem);
      return true;
    });
  });
}

Deno.test("addresses have their bytes in network order", () => {
  const bytes = (text: string) => addressBytes(parseAddress(text)).toHex();
  assert.equal(bytes("10.88.0.1"), "0a580001");
  assert.equal(bytes("fd00::1"), "fd" + "00".repeat(14) + "01");
  assert.throws(() => addressFromBytes(new Uint8Array(5)), /not 5/);
});

Deno.test("::1 and 0.0.0.1 are different addresses", () => {
  const [four, six] = [parseAddress("0.0.0.1"), parseAddress("::1")];
  assert.equal(four.value, six.value);
  assert(!sameAddress(four, six));
  assert(sameAddress(six, parseAddress("0::1")));
});

Deno.test("whatever is written is read as the same address", () => {
  const random = randomFrom(1);
  for (let i = 0; i < 2000; i++) {
    // Half of the groups are zero, so that runs of all lengths occur.
    const value = Array.from(
      { length: 8 },
      () => BigInt(random(2) * random(0x10000)),
    ).reduce((value, group) => value << 16n | group, 0n);
    const address = { family: 6, value } as const;
    assert.deepEqual(parseAddress(formatAddress(address)), address);
  }
});

Deno.test("any text is an address or an InvalidAddressError", () => {
  const pieces = [":", "::", ".", "1", "0", "ffff", "255", "g", "/", "%", " "];
  const random = randomFrom(7);
  for (let i = 0; i < 5000; i++) {
    const text = Array.from(
      { length: random(16) },
      () => pieces[random(pieces.length)]!,
    ).join("");
    try {
      const address = parseAddress(text);
      assert.deepEqual(parseAddress(formatAddress(address)), address);
    } catch (error) {
      if (!(error instanceof InvalidAddressError)) throw error;
    }
  }
});
