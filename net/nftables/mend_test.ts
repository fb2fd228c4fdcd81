import assert from "node:assert/strict";
import { needs } from "../../tests/facts.ts";
import { parseAddress } from "../address.ts";
import { NetlinkSocket } from "../netlink/socket.ts";
import { inNetns, newNetns } from "../netns.ts";
import { parseNetwork } from "../prefix.ts";
import type { Description, PublishedPort } from "./description.ts";
import { decodeElements, deleteElements, listElements } from "./element.ts";
import { addNetworks, readRuleset, removeRuleset } from "./firewall.ts";
import { replaceRuleset } from "./install.ts";
import { mend } from "./mend.ts";
import { transaction } from "./message.ts";
import { SETS } from "./contents.ts";

const WANTED: Description = {
  networks: [
    {
      bridge: "rkl0",
      prefixes: ["10.9.0.0/24", "fd09::/64"].map(parseNetwork),
    },
    {
      bridge: "rkl1",
      prefixes: [parseNetwork("10.9.1.0/24")],
      internal: true,
      isolate: true,
      masquerade: false,
    },
  ],
  ports: [
    port({ hostPort: 1 }),
    port({ hostPort: 2, hostAddress: parseAddress("127.0.0.1") }),
    port({
      hostPort: 3,
      from: ["10.0.0.0/8", "192.168.0.0/16"].map(parseNetwork),
    }),
  ],
};

function port(
  rest: Pick<PublishedPort, "hostPort" | "hostAddress" | "from">,
): PublishedPort {
  return {
    owner: "web",
    protocol: "tcp",
    address: parseAddress("10.9.0.2"),
    port: 80,
    ...rest,
  };
}

/** All that is in the table's sets, as text. */
function elementsOf(socket: NetlinkSocket): Map<string, string[]> {
  return new Map(SETS.map((set) => [
    set.name,
    socket.dump(listElements(set)).flatMap((one) => decodeElements(set, one))
      .map((element) => Deno.inspect(element, { depth: 9 })).sort(),
  ]));
}

Deno.test({
  name: "mend() puts back the table, and the elements of each set",
  ...needs("root"),
  fn() {
    using netns = newNetns();
    using socket = inNetns(netns, () => new NetlinkSocket("NETFILTER"));
    assert.equal(mend(socket, WANTED), true);
    assert.equal(mend(socket, WANTED), false);
    const whole = elementsOf(socket);
    removeRuleset(socket);
    assert.equal(mend(socket, WANTED), true);
    assert.deepEqual(elementsOf(socket), whole);
    let flushed = 0;
    for (const set of SETS) {
      const elements = socket.dump(listElements(set))
        .flatMap((one) => decodeElements(set, one));
      if (elements.length === 0) continue;
      socket.batch(transaction(deleteElements(set, elements)));
      assert.equal(mend(socket, WANTED), true, set.name);
      assert.deepEqual(elementsOf(socket), whole, set.name);
      assert.equal(mend(socket, WANTED), false, set.name);
      flushed++;
    }
    assert.equal(flushed, 11);
  },
});

Deno.test({
  name: "mend() leaves what others have, and takes its own ports back",
  ...needs("root"),
  fn() {
    using netns = newNetns();
    using socket = inNetns(netns, () => new NetlinkSocket("NETFILTER"));
    const other = { bridge: "rkl9", prefixes: [parseNetwork("10.9.9.0/24")] };
    const taken = { ...port({ hostPort: 1 }), owner: "thief", port: 81 };
    replaceRuleset(socket, { networks: [other], ports: [taken] });
    assert.equal(mend(socket, WANTED), true);
    const { networks, ports } = readRuleset(socket)!;
    assert.deepEqual(
      networks.map(({ bridge }) => bridge).sort(),
      ["rkl0", "rkl1", "rkl9"],
    );
    assert.deepEqual(
      ports.filter(({ hostPort }) => hostPort === 1)
        .map(({ owner, port }) => ({ owner, port })),
      [{ owner: "web", port: 80 }],
    );
    assert.throws(() => addNetworks(socket, [other]), /exist/i);
  },
});
