import assert from "node:assert/strict";
import { formatAddress, parseAddress } from "./address.ts";
import {
  allocate,
  changeLeases,
  listLeases,
  reclaim,
  release,
} from "./ipam.ts";
import { parseNetwork } from "./prefix.ts";

const wish = {
  ranges: [{
    subnet: parseNetwork("10.0.0.0/24"),
    reserved: [parseAddress("10.0.0.1")],
  }],
};

/** A directory for one test. */
function directory(): { path: string } & Disposable {
  const path = Deno.makeTempDirSync();
  return {
    path,
    [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }),
  };
}

Deno.test("leases are listed, given back and reclaimed", () => {
  using dir = directory();
  for (const owner of ["a", "b", "c"]) allocate(dir.path, owner, [wish]);
  assert.deepEqual(listLeases(dir.path), [
    { address: "10.0.0.2", owner: "a" },
    { address: "10.0.0.3", owner: "b" },
    { address: "10.0.0.4", owner: "c" },
  ]);
  const b = { address: "10.0.0.3", owner: "b" };
  assert.deepEqual(release(dir.path, "b"), [b]);
  assert.deepEqual(release(dir.path, "b"), []);
  const a = { address: "10.0.0.2", owner: "a" };
  assert.deepEqual(reclaim(dir.path, (owner) => owner === "c"), [a]);
  assert.deepEqual(listLeases(dir.path), [{ address: "10.0.0.4", owner: "c" }]);
});

Deno.test("a wish that fails leaves no lease of the others", () => {
  using dir = directory();
  const other = { ...wish, address: parseAddress("192.0.2.1") };
  const six = { ranges: [{ subnet: parseNetwork("fd00::/64") }] };
  assert.throws(() => allocate(dir.path, "a", [six, other]), /is not in/);
  assert.deepEqual(listLeases(dir.path), []);
});

Deno.test("a network that is gone is not brought back by a lease", () => {
  using dir = directory();
  const network = `${dir.path}/net`;
  assert.throws(() => allocate(network, "a", [wish]), { code: "ENOENT" });
  Deno.mkdirSync(network);
  allocate(network, "a", [wish]);
  changeLeases(network, (leases) => {
    Deno.removeSync(network, { recursive: true });
    return { leases, result: undefined };
  });
  assert.throws(() => allocate(network, "a", [wish]), { code: "ENOENT" });
});

Deno.test("leases that cannot be read are named", () => {
  using dir = directory();
  Deno.writeTextFileSync(`${dir.path}/leases.json`, "{");
  assert.throws(() => listLeases(dir.path), /cannot read the leases in .*json/);
});

Deno.test("20 processes that allocate at once never share an address", async () => {
  using dir = directory();
  const url = (name: string) => JSON.stringify(import.meta.resolve(name));
  const code = `
    import { allocate } from ${url("./ipam.ts")};
    import { parseNetwork } from ${url("./prefix.ts")};
    import { formatAddress } from ${url("./address.ts")};
    const [directory, owner] = Deno.args;
    const ranges = [{ subnet: parseNetwork("10.0.0.0/24") }];
    for (let i = 0; i < 10; i++) {
      const [taken] = allocate(directory, owner + i, [{ ranges }]);
      console.log(formatAddress(taken));
    }`;
  const outputs = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      new Deno.Command(Deno.execPath(), {
        args: ["eval", "--no-lock", code, dir.path, `p${i}-`],
        stderr: "inherit",
      }).output()),
  );
  assert(outputs.every(({ success }) => success));
  const addresses = outputs.flatMap(({ stdout }) =>
    new TextDecoder().decode(stdout).trim().split("\n")
  );
  assert.equal(addresses.length, 200);
  assert.equal(new Set(addresses).size, 200);
  const listed = listLeases(dir.path).map(({ address }) => address);
  assert.deepEqual(listed.sort(), addresses.sort());
  const [next] = allocate(dir.path, "last", [wish]);
  assert.equal(formatAddress(next!), "10.0.0.201");
});
