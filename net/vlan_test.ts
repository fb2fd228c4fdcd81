import assert from "node:assert/strict";
import { addVlan, deleteVlan } from "./netlink/vlan.ts";
import { membershipRequests, parseVlan, parseVlans } from "./vlan.ts";

Deno.test("a VLAN is a number from 1 to 4094", () => {
  assert.deepEqual(["1", "100", "4094"].map(parseVlan), [1, 100, 4094]);
  for (const text of ["0", "4095", "9999", "-1", "1.5", "0x1", "", "01"]) {
    assert.equal(parseVlan(text), undefined, text);
  }
});

Deno.test("VLANs are listed in any order, and joined where they touch", () => {
  assert.deepEqual(parseVlans("100,200-300"), [[100, 100], [200, 300]]);
  assert.deepEqual(parseVlans("20-30,5,6,25-40,31"), [[5, 6], [20, 40]]);
  assert.deepEqual(parseVlans("1-4094"), [[1, 4094]]);
  for (const text of ["", "5,", "5-", "-5", "9-5", "1-2-3", "0-5", "5-4095"]) {
    assert.equal(parseVlans(text), undefined, text);
  }
});

Deno.test("an access port leaves the default VLAN, a trunk port may stay", () => {
  assert.deepEqual(membershipRequests(7, { access: 100 }), [
    deleteVlan(7, { id: 1 }),
    addVlan(7, { id: 100, pvid: true, untagged: true }),
  ]);
  const trunk = [[100, 100], [200, 300]] as const;
  assert.deepEqual(membershipRequests(7, { trunk, preserveDefault: true }), [
    addVlan(7, { id: 100 }),
    addVlan(7, { id: 200, last: 300 }),
  ]);
});
