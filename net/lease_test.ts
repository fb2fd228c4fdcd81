import assert from "node:assert/strict";
import { formatAddress, parseAddress } from "./address.ts";
import {
  type AddressRange,
  AddressUnavailableError,
  type AddressWish,
  ExhaustedError,
  type Leases,
  NO_LEASES,
  takeAddresses,
} from "./lease.ts";
import { parseNetwork } from "./prefix.ts";

const subnet = parseNetwork("10.0.0.0/29"); // hosts: 1 to 6
const gateway = parseAddress("10.0.0.1");
const range: AddressRange = { subnet, reserved: [gateway] };

/** What each owner gets, one after the other, and the leases after that. */
function takeAll(
  owners: string[],
  wish: AddressWish = { ranges: [range] },
  leases: Leases = NO_LEASES,
): { texts: string[]; leases: Leases } {
  const texts = owners.map((owner) => {
    const result = takeAddresses(leases, owner, [wish]);
    leases = result.leases;
    return formatAddress(result.taken[0]!);
  });
  return { texts, leases };
}

Deno.test("addresses are leased in turn, gateway and broadcast never", () => {
  const { texts, leases } = takeAll(["a", "b", "c", "d", "e"]);
  assert.deepEqual(
    texts,
    [2, 3, 4, 5, 6].map((n) => `10.0.0.${n}`),
  );
  assert.throws(() => takeAll(["f"], { ranges: [range] }, leases), (error) => {
    assert(error instanceof ExhaustedError);
    assert.equal(error.used, 5);
    assert.equal(
      error.message,
      "cannot lease an address of 10.0.0.0/29: none is free, 5 are in use",
    );
    return true;
  });
});

Deno.test("a released address waits until the others had their turn", () => {
  const { leases } = takeAll(["a", "b"]);
  const owners = { "10.0.0.3": "b" }; // a's is released
  const after = takeAll(["c", "d", "e", "f"], undefined, { ...leases, owners });
  assert.deepEqual(after.texts, [
    "10.0.0.4",
    "10.0.0.5",
    "10.0.0.6",
    "10.0.0.2",
  ]);
});

Deno.test("an owner that asks again keeps what it has", () => {
  const { texts, leases } = takeAll(["a", "a"]);
  assert.deepEqual(texts, ["10.0.0.2", "10.0.0.2"]);
  const same = takeAddresses(leases, "a", [{ ranges: [range] }]);
  assert.equal(same.leases, leases);
  const other = { ranges: [range], address: parseAddress("10.0.0.5") };
  assert.throws(
    () => takeAddresses(leases, "a", [other]),
    /cannot lease 10\.0\.0\.5: the container has 10\.0\.0\.2 in 10\.0\.0\.0\/29 already/,
  );
});

Deno.test("an owner gets one address of each version, or none", () => {
  const six = { subnet: parseNetwork("fd00::/64") };
  const both = [{ ranges: [range] }, { ranges: [six] }];
  const { taken, leases } = takeAddresses(NO_LEASES, "a", both);
  assert.deepEqual(taken.map(formatAddress), ["10.0.0.2", "fd00::1"]);
  assert.deepEqual(leases.owners, { "10.0.0.2": "a", "fd00::1": "a" });
});

Deno.test("part of a subnet can be leased from, or what is not in it", () => {
  const part = {
    ...range,
    first: parseAddress("10.0.0.4"),
    last: parseAddress("10.0.0.5"),
  };
  const { texts, leases } = takeAll(["a", "b"], { ranges: [part] });
  assert.deepEqual(texts, ["10.0.0.4", "10.0.0.5"]);
  assert.throws(
    () => takeAll(["c"], { ranges: [part] }, leases),
    /of 10\.0\.0\.0\/29 \(10\.0\.0\.4 to 10\.0\.0\.5\): none is free, 2 are/,
  );
  const outside = { ranges: [part], address: parseAddress("10.0.0.6") };
  assert.deepEqual(takeAll(["c"], outside, leases).texts, ["10.0.0.6"]);
});

Deno.test("when one range is full, the next one is tried", () => {
  const other = { subnet: parseNetwork("10.0.9.0/30") };
  const ranges = [range, other];
  const { texts, leases } = takeAll([..."abcdefg"], { ranges });
  assert.deepEqual(texts.slice(5), ["10.0.9.1", "10.0.9.2"]);
  assert.throws(
    () => takeAll(["h"], { ranges }, leases),
    /of 10\.0\.0\.0\/29 or 10\.0\.9\.0\/30: none is free, 7 are in use/,
  );
});

Deno.test("an address that is asked for is given, or refused with the reason", () => {
  const wish = (text: string) => ({
    ranges: [range],
    address: parseAddress(text),
  });
  const { texts, leases } = takeAll(["a"], wish("10.0.0.5"));
  assert.deepEqual(texts, ["10.0.0.5"]);
  assert.deepEqual(takeAll(["b"], undefined, leases).texts, ["10.0.0.2"]);
  const refusals = [
    ["10.0.0.5", /cannot lease 10\.0\.0\.5: a has it/],
    ["10.0.0.1", /it is reserved/],
    ["10.0.0.0", /it is not a host's address in 10\.0\.0\.0\/29/],
    ["10.0.0.7", /it is not a host's/],
    ["10.0.0.8", /it is not in 10\.0\.0\.0\/29/],
    ["fd00::1", /it is not in/],
  ] as const;
  for (const [text, reason] of refusals) {
    assert.throws(() => takeAll(["b"], wish(text), leases), (error) => {
      assert(error instanceof AddressUnavailableError);
      assert.match(error.message, reason);
      return true;
    });
  }
});

Deno.test("a subnet of two or of one has no address of its own", () => {
  const pair = { subnet: parseNetwork("10.0.0.0/31") };
  assert.deepEqual(takeAll(["a", "b"], { ranges: [pair] }).texts, [
    "10.0.0.0",
    "10.0.0.1",
  ]);
  const single = { subnet: parseNetwork("10.0.0.9/32") };
  assert.deepEqual(takeAll(["a"], { ranges: [single] }).texts, ["10.0.0.9"]);
});

Deno.test("the last address of IPv4 ends the search", () => {
  const end = { subnet: parseNetwork("255.255.255.254/31") };
  const { leases } = takeAll(["a", "b"], { ranges: [end] });
  assert.throws(
    () => takeAll(["c"], { ranges: [end] }, leases),
    ExhaustedError,
  );
});
