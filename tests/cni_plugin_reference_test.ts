/**
 * rkl's CNI plugin beside the reference plugins: the same results, the same
 * leases, either for the other.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  assertClean,
  CniHost,
  config,
  eth0,
  type Printed,
  REFERENCE,
} from "./cni_host.ts";
import { needs } from "./facts.ts";
import { RKL } from "./rkl.ts";

const plugins = [
  "root",
  "tool:nsenter",
  `file:${REFERENCE}/bridge`,
  `file:${REFERENCE}/host-local`,
] as const;
const reference = needs(...plugins, "native");

/** A result without what is random, as the reference plugin's can be compared. */
function shapeOf({ interfaces, dns, ...rest }: Printed) {
  return {
    ...rest,
    dns: dns ?? {}, // older ones print it empty
    interfaces: interfaces?.map(({ name, mac, ...others }) => ({
      name: name.replace(/^veth.*/, "veth"),
      mac: mac && "mac",
      ...others,
    })),
  };
}

for (const cniVersion of ["0.3.1", "0.4.0", "1.0.0"]) {
  Deno.test({
    name: `CNI ${cniVersion}: results are those of the reference plugin`,
    ...reference,
    async fn() {
      using host = new CniHost();
      const boxes = [host.box("a"), host.box("b"), host.box("c")];
      const ranges = ["10.1.0.0/24", "fd01::/64"];
      const routes = [{ dst: "0.0.0.0/0" }, {
        dst: "10.9.0.0/16",
        gw: "10.1.0.9",
      }];
      const variants = [
        { ipam: { ...host.ipam(...ranges), routes } },
        { isDefaultGateway: true, dns: { nameservers: ["10.1.0.1"] } },
        { isGateway: false, isDefaultGateway: false, ipam: {} },
      ];
      // Else the next one gets the next address.
      const forget = async () => {
        for (const set of [0, 1]) {
          const file = `${host.directory}/leases/net/last_reserved_ip.${set}`;
          await Deno.remove(file).catch(() => {});
        }
      };
      for (const [i, fields] of variants.entries()) {
        const all = config(host, {
          cniVersion,
          isDefaultGateway: false,
          isGateway: true,
          ...fields,
        });
        const box = boxes[i]!;
        const ours = await host.ask("ADD", box, all);
        await host.ask("DEL", box, all);
        await forget();
        const call = { program: `${REFERENCE}/bridge` };
        const theirs = await host.ask("ADD", box, all, call);
        assert.deepEqual(shapeOf(ours), shapeOf(theirs));
        // Either takes away what the other made.
        await host.ask("DEL", box, all);
        assert.equal(eth0(box), undefined);
        await host.ask("ADD", box, all);
        await host.ask("DEL", box, all, call);
        assert.equal(eth0(box), undefined);
        assert.deepEqual(host.leases("net"), []);
        await forget();
      }
    },
  });
}

Deno.test({
  name: "CNI: leases are shared with the reference host-local, both ways",
  ...reference,
  async fn() {
    using host = new CniHost();
    const [a, b, c] = [host.box("a"), host.box("b"), host.box("c")];
    // By another name it is not what is built in.
    Deno.symlinkSync(`${REFERENCE}/host-local`, `${host.directory}/local`);
    const ipam = host.ipam("10.1.0.0/29");
    const builtIn = config(host, { cniVersion: "1.0.0", ipam });
    const other = { ...builtIn, ipam: { ...ipam, type: "local" } };
    const call = { env: { CNI_PATH: `/nonexistent:${host.directory}` } };
    const address = ({ ips }: Printed) => ips?.[0]?.address;

    assert.equal(address(await host.ask("ADD", a, other, call)), "10.1.0.2/29");
    assert.equal(address(await host.ask("ADD", b, builtIn)), "10.1.0.3/29");
    assert(await host.reaches(a.netns, "10.1.0.3"));
    const theirs = await host.ask("ADD", c, builtIn, {
      program: `${REFERENCE}/host-local`,
    });
    assert.equal(address(theirs), "10.1.0.4/29");
    const prevResult = await host.refuse("ADD", a, builtIn);
    assert.equal(prevResult.code, 4); // eth0 is there

    const ask = { ...builtIn, args: { cni: { ips: ["10.1.0.2"] } } };
    const { details } = await host.refuse("ADD", host.box("d"), ask);
    assert.match(details!, /^10\.1\.0\.2 was asked for, which somebody has$/);

    await host.ask("DEL", a, builtIn); // what the other one leased
    await host.ask("DEL", b, other, call); // what was leased here
    assert.deepEqual(host.leases("net"), ["10.1.0.4"]);
    await host.ask("DEL", c, builtIn);
    assertClean(host, a, b);
  },
});

Deno.test({
  name: "CNI: an error of the IPAM plugin comes through, and nothing is left",
  ...reference,
  async fn() {
    using host = new CniHost();
    Deno.symlinkSync(`${REFERENCE}/host-local`, `${host.directory}/local`);
    Deno.symlinkSync(RKL, `${host.directory}/self`);
    const call = { env: { CNI_PATH: host.directory } };
    const box = host.box("a");
    const none = config(host, { ipam: { type: "local" }, cniVersion: "1.0.0" });
    const { msg } = await host.refuse("ADD", box, none, call);
    assert.match(msg!, /no IP ranges specified/);
    const self = config(host, { ipam: { type: "self" } });
    const { details } = await host.refuse("ADD", box, self, call);
    assert.match(details!, /self is this bridge plugin/);
    assertClean(host, box);
    assert.deepEqual(host.links("bridge"), []);
  },
});
