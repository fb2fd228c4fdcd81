import assert from "node:assert/strict";
import { clock, shortClock, startText, terminalName } from "./ps_text.ts";

Deno.test("times are told as ps does", () => {
  assert.equal(clock(3), "00:00:03");
  assert.equal(clock(90_061), "1-01:01:01");
  assert.equal(shortClock(61), "01:01");
  assert.equal(shortClock(3661), "01:01:01");
  const now = new Date(2026, 10, 28, 12, 30);
  const began = (elapsed: number) => startText(elapsed, now);
  assert.equal(began(3600), "11:30");
  assert.equal(began(86_400), "Nov27");
  assert.equal(began(400 * 86_400), "2025");
});

Deno.test("terminals are told by their device numbers", () => {
  const device = (major: number, minor: number) =>
    (major << 8) | (minor & 0xff) | ((minor & 0xfff00) << 12);
  assert.equal(terminalName(0), "?");
  assert.equal(terminalName(device(136, 3)), "pts/3");
  assert.equal(terminalName(device(136, 300)), "pts/300");
  assert.equal(terminalName(device(4, 1)), "tty1");
  assert.equal(terminalName(device(4, 64)), "ttyS0");
});
