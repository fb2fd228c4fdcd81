import assert from "node:assert/strict";
import { parseSignal, SIGNAL_NAMES, signalName } from "./signals.ts";

Deno.test("parseSignal() takes names, with and without SIG, and numbers", () => {
  for (const text of ["TERM", "SIGTERM", "sigterm", "15"]) {
    assert.equal(parseSignal(text), 15, text);
  }
  assert.equal(parseSignal("KILL"), 9);
  assert.equal(parseSignal("IOT"), 6);
  assert.equal(parseSignal("SYS"), 31);
  assert.equal(parseSignal("64"), 64);
});

Deno.test("parseSignal() counts real-time signals from both ends", () => {
  assert.equal(parseSignal("RTMIN"), 34);
  assert.equal(parseSignal("SIGRTMIN+3"), 37);
  assert.equal(parseSignal("RTMAX-1"), 63);
});

Deno.test("parseSignal() refuses the rest and lists what is allowed", () => {
  const wrong = ["", "0", "65", "-1", "FOO", "RTMIN+31", "RTMAX+1", "RTMIN-1"];
  for (const text of wrong) {
    assert.throws(() => parseSignal(text), /1 to 64.*RTMIN\+n.*HUP INT/, text);
  }
});

Deno.test("signalName() is parseSignal() backwards", () => {
  assert.equal(SIGNAL_NAMES.length, 31);
  for (let n = 1; n <= 64; n++) {
    if (n !== 32 && n !== 33) assert.equal(parseSignal(signalName(n)), n);
  }
});
