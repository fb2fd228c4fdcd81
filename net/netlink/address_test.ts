import assert from "node:assert/strict";
import { inNetns, newNetns } from "../netns.ts";
import { formatPrefix, parsePrefix } from "../prefix.ts";
import {
  addAddress,
  decodeAddress,
  deleteAddress,
  listAddresses,
} from "./address.ts";
import { MalformedMessageError } from "./attribute.ts";
import { addVeth, setLink } from "./link.ts";
import { decodeMessages, encodeRequest } from "./message.ts";
import { NetlinkSocket } from "./socket.ts";
import { ADDRESSES, hex, kernelTest } from "./testing.ts";

Deno.test("addAddress() is what `ip address add` sends", () => {
  // ip address add 10.88.0.1/16 broadcast + dev veth0
  assert.equal(
    encodeRequest(addAddress(11, parsePrefix("10.88.0.1/16")), 7).toHex(),
    hex(`
      30000000 14000506 07000000 00000000 02100000 0b000000
      08000200 0a580001 08000100 0a580001 08000400 0a58ffff
    `).toHex(),
  );
});

Deno.test("an IPv6 address is not looked for on the network first", () => {
  const prefix = parsePrefix("fd00::3/64");
  const value = "fd000000 00000000 00000000 00000003";
  const common = `0a400000 0b000000 14000200 ${value} 14000100 ${value}`;
  const nodad = `${common} 08000800 02000000`;
  assert.deepEqual(addAddress(11, prefix).body, hex(nodad));
  const careful = addAddress(11, prefix, { detectDuplicates: true });
  assert.deepEqual(careful.body, hex(common));
});

Deno.test("decodeAddress() reads addresses of both versions", () => {
  const addresses = decodeMessages(ADDRESSES[0]).map(decodeAddress);
  const shown = addresses.map(({ prefix, ...rest }) => ({
    ...rest,
    prefix: formatPrefix(prefix),
  }));
  const common = { index: 2, duplicate: false };
  assert.deepEqual(shown, [
    { ...common, prefix: "10.88.0.2/16", scope: 0, tentative: false },
    { ...common, prefix: "fd00::2/64", scope: 0, tentative: true },
    {
      ...common,
      prefix: "fe80::42:aff:fe58:2/64",
      scope: 253,
      tentative: true,
    },
  ]);
});

Deno.test("an address of another size than its family's is malformed", () => {
  const decode = (payload: string) =>
    decodeAddress({ type: 20, flags: 0, seq: 1, payload: hex(payload) });
  const cases = [
    ["02100000 02000000 08000900 00000000", /no attribute with it/],
    ["02100000 02000000 06000200 0a580000", /2 bytes where an IPv4 address/],
    ["0a100000 02000000 08000200 0a580001", /4 bytes where an IPv6 address/],
    ["02210000 02000000 08000200 0a580001", /a length of 33/],
    ["03100000 02000000 08000200 0a580001", /family is 3/],
  ] as const;
  for (const [payload, problem] of cases) {
    assert.throws(() => decode(payload), MalformedMessageError);
    assert.throws(() => decode(payload), problem);
  }
});

kernelTest("addresses are added, listed and deleted", () => {
  using netns = newNetns();
  using socket = inNetns(netns, () => new NetlinkSocket("ROUTE"));
  const list = (only?: Parameters<typeof listAddresses>[0]) =>
    socket.dump(listAddresses(only)).map(decodeAddress)
      .filter(({ scope }) => scope === 0) // not the links' own
      .map(({ prefix }) => formatPrefix(prefix));
  const [four, six] = ["10.88.0.2/16", "fd00::2/64"].map(parsePrefix);
  socket.batch([
    addVeth({ name: "a", index: 2, up: true }, { name: "b", index: 3 }),
    setLink(3, { up: true }),
    addAddress(2, four!),
    addAddress(2, six!),
    addAddress(3, parsePrefix("192.0.2.0/31")),
  ]);
  assert.deepEqual(list(), ["10.88.0.2/16", "192.0.2.0/31", "fd00::2/64"]);
  assert.deepEqual(list({ family: 4 }), ["10.88.0.2/16", "192.0.2.0/31"]);
  assert.deepEqual(list({ index: 2 }), ["10.88.0.2/16", "fd00::2/64"]);

  // 02 is IFA_F_NODAD, 80 IFA_F_PERMANENT; without 40, it is not tentative.
  const proc = inNetns(
    netns,
    () => Deno.readTextFileSync("/proc/thread-self/net/if_inet6"),
  );
  assert.match(proc, /^fd0{29}2 02 40 00 82 +a$/m);

  assert.throws(
    () => socket.request(addAddress(2, four!)),
    /cannot add the address 10\.88\.0\.2\/16 to the link 2: EEXIST/,
  );
  socket.batch([deleteAddress(2, four!), deleteAddress(2, six!)]);
  assert.deepEqual(list({ index: 2 }), []);
  assert.throws(
    () => socket.request(deleteAddress(2, four!)),
    /cannot delete the address .*: EADDRNOTAVAIL/,
  );
});
