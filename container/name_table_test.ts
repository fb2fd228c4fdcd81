import assert from "node:assert/strict";
import { parseAddress } from "../net/address.ts";
import { tableOf } from "./name_table.ts";

const WEB = {
  names: ["web", "www", "Front"],
  addresses: ["10.1.0.2", "fd00::2"].map(parseAddress),
};
const OTHER = {
  names: ["other", "www"],
  addresses: [parseAddress("10.1.0.3")],
};

Deno.test("a name has all addresses of those who have it", () => {
  const { addresses } = tableOf([WEB, OTHER]);
  assert.deepEqual(addresses.get("web"), WEB.addresses);
  assert.deepEqual(addresses.get("www"), [
    ...WEB.addresses,
    ...OTHER.addresses,
  ]);
  assert.deepEqual(addresses.get("front"), WEB.addresses);
  assert.equal(addresses.get("Front"), undefined);
});

Deno.test("an address has the names of its container, its own first", () => {
  const { names } = tableOf([WEB, OTHER]);
  assert.deepEqual(names.get("10.1.0.3"), ["other", "www"]);
  assert.deepEqual(names.get("fd00::2"), WEB.names);
  assert.equal(names.get("10.1.0.4"), undefined);
});

Deno.test("a name that differs in case only counts once", () => {
  const { addresses } = tableOf([{ ...OTHER, names: ["web", "WEB"] }]);
  assert.deepEqual(addresses.get("web"), OTHER.addresses);
});
