import assert from "node:assert/strict";
import {
  bytes,
  cpuQuota,
  parseMemory,
  parseQuantity,
  QuantityError,
} from "./quantity.ts";

const NANO = 1_000_000_000n;

/** The error a text is refused with. */
function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof QuantityError);
    return error.message;
  }
  assert.fail("was accepted");
}

Deno.test("every suffix of Kubernetes is read exactly", () => {
  const table: [string, bigint][] = [
    ["0", 0n],
    ["1", NANO],
    ["1n", 1n],
    ["1u", 1_000n],
    ["1m", 1_000_000n],
    ["1k", NANO * 10n ** 3n],
    ["1M", NANO * 10n ** 6n],
    ["1G", NANO * 10n ** 9n],
    ["1T", NANO * 10n ** 12n],
    ["1P", NANO * 10n ** 15n],
    ["1E", NANO * 10n ** 18n],
    ["1Ki", NANO * 2n ** 10n],
    ["1Mi", NANO * 2n ** 20n],
    ["1Gi", NANO * 2n ** 30n],
    ["1Ti", NANO * 2n ** 40n],
    ["1Pi", NANO * 2n ** 50n],
    ["1Ei", NANO * 2n ** 60n],
  ];
  for (const [text, nano] of table) {
    assert.deepEqual(parseQuantity(text), { text, nano });
  }
});

Deno.test("exponents, fractions and signs are read", () => {
  const table: [string | number, bigint][] = [
    ["1e3", 1000n * NANO],
    ["1E3", 1000n * NANO],
    ["12e+2", 1200n * NANO],
    ["5e-3", 5_000_000n],
    ["1.5E-2", 15_000_000n],
    ["0.5", NANO / 2n],
    [".5", NANO / 2n],
    ["5.", 5n * NANO],
    ["1.5Gi", 3n * NANO * 2n ** 29n],
    ["0.1Ki", 102_400_000_000n],
    ["+2", 2n * NANO],
    ["-2", -2n * NANO],
    ["-0.5m", -500_000n],
    ["00012", 12n * NANO],
    [2, 2n * NANO],
    [0.25, NANO / 4n],
    [1e21, 10n ** 21n * NANO],
    [5e-7, 500n],
  ];
  for (const [text, nano] of table) {
    assert.equal(parseQuantity(text).nano, nano, String(text));
  }
});

Deno.test("what is finer than a billionth is rounded away from zero", () => {
  assert.equal(parseQuantity("0.1n").nano, 1n);
  assert.equal(parseQuantity("1.0000000001").nano, NANO + 1n);
  assert.equal(parseQuantity("-0.1n").nano, -1n);
  assert.equal(parseQuantity("1e-30").nano, 1n);
});

Deno.test("what is no quantity is refused with what is allowed", () => {
  const wrong = [
    "",
    ".",
    "+",
    "-",
    "m",
    "e3",
    " 1",
    "1 ",
    "1 Gi",
    "1e",
    "1e1.5",
  ];
  const more = ["1mi", "1x", "0x10", "1,5", "--1", "1.2.3", "1Mi3", "1i", "∞"];
  for (const text of [...wrong, ...more, NaN, Infinity]) {
    const message = refusal(() => parseQuantity(text));
    assert.ok(
      message.startsWith(`"${text}" is not a quantity: write`),
      message,
    );
  }
});

Deno.test("a familiar wrong suffix is answered with the right one", () => {
  const table: [string, string][] = [
    ["64MB", "64Mi"],
    ["1g", "1Gi"],
    ["1.5GiB", "1.5Gi"],
    ["3K", "3Ki"],
    ["7kb", "7Ki"],
    ["100b", "100"],
  ];
  for (const [text, meant] of table) {
    const message = refusal(() => parseQuantity(text));
    assert.ok(message.endsWith(`; did you mean ${meant}?`), message);
  }
  assert.doesNotMatch(refusal(() => parseQuantity("1x")), /did you mean/);
});

Deno.test("an exponent that stands for no amount is refused", () => {
  assert.match(refusal(() => parseQuantity("1e31")), /exponent beyond 30/);
  assert.match(refusal(() => parseQuantity("1e-999999999999")), /beyond 30/);
});

Deno.test("cpuQuota() follows the kubelet", () => {
  const table: [string | number, number, number][] = [
    ["500m", 50_000, 512],
    ["1", 100_000, 1024],
    [2, 200_000, 2048],
    [0.1, 10_000, 102],
    ["1.5", 150_000, 1536],
    ["1m", 1_000, 2], // 100 µs is less than the kernel takes
    ["3m", 1_000, 3],
    ["15m", 1_500, 15],
    ["0.3333", 33_400, 342], // rounded up to 334m
    ["1n", 1_000, 2],
    ["1k", 100_000_000, 262_144],
    ["0", -1, 2],
  ];
  for (const [text, quota, shares] of table) {
    assert.deepEqual(
      cpuQuota(text),
      { quota, period: 100_000, shares },
      String(text),
    );
  }
});

Deno.test("cpuQuota() takes another period and a parsed quantity", () => {
  assert.deepEqual(cpuQuota(parseQuantity("250m"), 50_000), {
    quota: 12_500,
    period: 50_000,
    shares: 256,
  });
});

Deno.test("cpuQuota() refuses what no machine has", () => {
  assert.match(refusal(() => cpuQuota("-1")), /^"-1" cores are below zero/);
  assert.match(refusal(() => cpuQuota("1Gi")), /more than a million/);
  assert.match(refusal(() => cpuQuota("half")), /is not a quantity/);
});

Deno.test("bytes() reads memory and rounds up", () => {
  const table: [string | number, number][] = [
    ["233Mi", 244_318_208],
    ["64M", 64_000_000],
    ["1.5Gi", 1_610_612_736],
    ["128974848", 128_974_848],
    ["129e6", 129_000_000],
    ["1.5", 2],
    ["0.1Ki", 103],
    [1e9, 1_000_000_000],
    ["0", 0],
  ];
  for (const [text, value] of table) {
    assert.equal(bytes(text), value, String(text));
  }
});

Deno.test("bytes() refuses fractions of a byte and says what may have been meant", () => {
  assert.equal(
    refusal(() => bytes("64m")),
    '"64m" is a fraction of a byte: did you mean 64Mi?',
  );
  assert.match(refusal(() => bytes("64u")), /did you mean 64\?/);
});

Deno.test("bytes() refuses less than nothing and more than a number holds", () => {
  assert.match(refusal(() => bytes("-1Mi")), /below zero/);
  assert.equal(bytes("7Pi"), 7 * 2 ** 50);
  assert.match(refusal(() => bytes("8Pi")), /too much/);
});

Deno.test("parseMemory() reads docker's units as powers of 1024", () => {
  const table: [string, number][] = [
    ["64m", 64 << 20],
    ["64mb", 64 << 20],
    ["1g", 1 << 30],
    ["1.5g", 1.5 * 2 ** 30],
    ["512k", 512 << 10],
    ["100b", 100],
    ["2t", 2 ** 41],
  ];
  for (const [text, value] of table) {
    assert.equal(parseMemory(text), value, text);
  }
});

Deno.test("parseMemory() reads all else as Kubernetes does", () => {
  assert.equal(parseMemory("64Mi"), 64 << 20);
  assert.equal(parseMemory("64M"), 64_000_000);
  assert.equal(parseMemory("1e9"), 1_000_000_000);
  assert.equal(parseMemory(4096), 4096);
  assert.match(refusal(() => parseMemory("64MB")), /did you mean 64Mi/);
  assert.match(refusal(() => parseMemory("1..5m")), /is not a quantity/);
  assert.match(refusal(() => parseMemory("9999t")), /^"9999t" is too much/);
  assert.match(refusal(() => parseMemory("-5m")), /below zero/);
});
