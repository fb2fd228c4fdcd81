import assert from "node:assert/strict";
import type { Store } from "../runtime/store.ts";
import { PENDING_PREFIX } from "../sys/entry.ts";
import { isGuarded } from "./firewall.ts";
import { guard } from "./guard.ts";
import { allocate, listLeases } from "./ipam.ts";
import { addBridge } from "./netlink/bridge.ts";
import { getLink, setLink } from "./netlink/link.ts";
import { NetlinkSocket } from "./netlink/socket.ts";
import { kernelTest } from "./netlink/testing.ts";
import { inNetns, newNetns } from "./netns.ts";
import { rangesOf } from "./network.ts";
import {
  DuplicateNetworkError,
  NetworkInUseError,
  NoSuchNetworkError,
} from "./network_error.ts";
import {
  createNetwork,
  defaultNetwork,
  pruneNetworks,
  raiseNetwork,
  removeNetwork,
  useNetwork,
} from "./network_making.ts";
import {
  findNetwork,
  listNetworks,
  networkDirectory,
  reclaimLeases,
  usersOf,
} from "./network_store.ts";

/** Runs an action with a store and a network namespace of its own. */
function alone(
  action: (store: Store, socket: NetlinkSocket) => void,
): () => void {
  return () => {
    const directory = Deno.makeTempDirSync();
    const store = { root: `${directory}/root`, dataRoot: `${directory}/data` };
    using netns = newNetns();
    try {
      inNetns(netns, () => {
        using socket = new NetlinkSocket("ROUTE");
        action(store, socket);
      });
    } finally {
      Deno.removeSync(directory, { recursive: true });
    }
  };
}

const namesOf = (store: Store) => listNetworks(store).map(({ name }) => name);

function lease(store: Store, name: string, owner: string): void {
  const ranges = rangesOf(findNetwork(store, name), 4);
  allocate(networkDirectory(store, name), owner, [{ ranges }]);
}

kernelTest(
  "networks are made, found, listed and removed",
  alone((store) => {
    assert.deepEqual(listNetworks(store), []);
    const web = createNetwork(store, { name: "web", labels: { a: "b" } });
    const chosen = createNetwork(store, {});
    assert.match(chosen.name, /^[\da-f]{12}$/);
    assert.deepEqual(findNetwork(store, "web"), web);
    assert.deepEqual(namesOf(store), [chosen.name, "web"].sort());
    assert.notEqual(web.subnets[0]!.subnet, chosen.subnets[0]!.subnet);
    assert.throws(
      () => createNetwork(store, { name: "web" }),
      DuplicateNetworkError,
    );
    removeNetwork(store, "web");
    assert.deepEqual(namesOf(store), [chosen.name]);
    assert.throws(() => findNetwork(store, "web"), NoSuchNetworkError);
    assert.throws(() => removeNetwork(store, "web"), NoSuchNetworkError);
  }),
);

kernelTest(
  "the default network is made on first use and stays the same",
  alone((store) => {
    const network = defaultNetwork(store);
    assert.deepEqual([network.name, network.interface], ["bridge", "rkl0"]);
    assert.deepEqual(useNetwork(store, "bridge"), network);
    assert.throws(() => useNetwork(store, "web"), NoSuchNetworkError);
    removeNetwork(store, "bridge");
    assert.notEqual(defaultNetwork(store).id, network.id);
  }),
);

kernelTest(
  "a network in use is not removed, and says by whom",
  alone((store, socket) => {
    const network = defaultNetwork(store);
    for (const owner of ["a", "b"]) lease(store, "bridge", owner);
    raiseNetwork(store, socket, network);
    assert.deepEqual(usersOf(store, network), [
      { owner: "a", addresses: ["10.210.0.2"] },
      { owner: "b", addresses: ["10.210.0.3"] },
    ]);
    assert.throws(() => removeNetwork(store, "bridge"), (error: Error) => {
      assert(error instanceof NetworkInUseError);
      assert.deepEqual(error.users, ["a", "b"]);
      assert.match(
        error.message,
        /"bridge": in use by a, b; delete them first/,
      );
      return true;
    });
    socket.request(getLink("rkl0"));

    reclaimLeases(store, (owner) => owner === "b");
    assert.equal(listLeases(networkDirectory(store, "bridge")).length, 1);
    reclaimLeases(store, () => false);
    removeNetwork(store, "bridge");
    assert.throws(() => socket.request(getLink("rkl0")), { code: "ENODEV" });
  }),
);

kernelTest(
  "pruning spares what is used, and the default network",
  alone((store) => {
    defaultNetwork(store);
    for (const name of ["c", "b", "a"]) createNetwork(store, { name });
    lease(store, "b", "web");
    const pruned = pruneNetworks(store).map(({ name }) => name);
    assert.deepEqual(pruned, ["a", "c"]);
    assert.deepEqual(namesOf(store), ["b", "bridge"]);
  }),
);

kernelTest(
  "removing a network whose interface is another store's leaves that guarded",
  alone((store, socket) => {
    const other = { ...store, dataRoot: `${store.dataRoot}-of-another` };
    const { network } = raiseNetwork(other, socket, defaultNetwork(other));
    guard([network]);
    defaultNetwork(store);
    removeNetwork(store, "bridge");
    assert(isGuarded([network]));
    removeNetwork(other, "bridge");
    assert(!isGuarded([network]));
  }),
);

kernelTest(
  "the default network gives way when rkl0 is somebody else's",
  alone((store, socket) => {
    const network = defaultNetwork(store);
    socket.batch([
      addBridge({ name: "rkl0" }),
      setLink("rkl0", { alias: "rkl network bridge of another store" }),
    ]);
    const raised = raiseNetwork(store, socket, network);
    const own = `rkl-${network.id.slice(0, 8)}`;
    assert.equal(raised.network.interface, own);
    assert.deepEqual(defaultNetwork(store), raised.network);
    // Who read it before comes to the same one.
    const { index } = raiseNetwork(store, socket, network);
    assert.equal(index, raised.index);
    removeNetwork(store, "bridge");
    socket.request(getLink("rkl0"));
    assert.throws(() => socket.request(getLink(own)), { code: "ENODEV" });
  }),
);

kernelTest(
  "what makers who were killed left is swept",
  alone((store) => {
    createNetwork(store, { name: "web" });
    const parent = `${store.dataRoot}/networks`;
    const NOBODY = 2 ** 22 + 1; // beyond the largest pid there can be
    for (const rest of ["empty", "half"]) {
      Deno.mkdirSync(`${parent}/.new-${NOBODY}-${rest}`);
    }
    Deno.writeTextFileSync(`${parent}/.new-${NOBODY}-half/network.json`, "{");
    const inWork = `${PENDING_PREFIX}x`;
    Deno.mkdirSync(`${parent}/${inWork}`);
    assert.deepEqual(namesOf(store), ["web"]);
    const left = Array.from(Deno.readDirSync(parent), ({ name }) => name);
    assert.deepEqual(left.sort(), [".lock", inWork, "web"].sort());
  }),
);

kernelTest(
  "a file that is no network is named",
  alone((store) => {
    createNetwork(store, { name: "web" });
    const path = `${networkDirectory(store, "web")}/network.json`;
    Deno.writeTextFileSync(path, "");
    assert.throws(() => listNetworks(store), (error: Error) => {
      assert(error.message.startsWith(`cannot read the network in ${path}: `));
      return true;
    });
  }),
);
