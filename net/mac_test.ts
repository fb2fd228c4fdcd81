import assert from "node:assert/strict";
import { parseAddress } from "./address.ts";
import { formatMac, InvalidMacError, macOf, parseMac } from "./mac.ts";

Deno.test("a MAC is six pairs of hex digits", () => {
  const bytes = parseMac("02:42:AC:11:00:02");
  assert.deepEqual(bytes, Uint8Array.of(2, 0x42, 0xac, 0x11, 0, 2));
  assert.equal(formatMac(bytes), "02:42:ac:11:00:02");
  for (
    const text of ["", "02:42:ac:11:00", "02-42-ac-11-00-02", "2:4:a:1:0:2"]
  ) {
    assert.throws(() => parseMac(text), /six pairs of hex digits/);
  }
});

Deno.test("a group's MAC and zeros are no interface's", () => {
  assert.throws(() => parseMac("01:00:5e:00:00:01"), /a group's/);
  assert.throws(() => parseMac("ff:ff:ff:ff:ff:ff"), InvalidMacError);
  assert.throws(() => parseMac("00:00:00:00:00:00"), /all zeros/);
});

Deno.test("a MAC follows from an address, and is local", () => {
  const of = (text: string) => macOf(parseAddress(text));
  assert.equal(of("10.88.0.2"), "02:42:0a:58:00:02");
  assert.equal(of("fd00::1:2"), "02:42:00:01:00:02");
  parseMac(of("255.255.255.255"));
});
