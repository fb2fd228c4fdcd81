import assert from "node:assert/strict";
import { parseAddress } from "../../net/address.ts";
import { findAddresses } from "../../net/dns/names.ts";
import type { Network } from "../../net/network.ts";
import type { Attachment } from "./attachment.ts";
import type { ContainerId } from "../id.ts";
import type { LiveContainer } from "../live.ts";
import { knowNetwork, namedEndpoints, tableOf } from "./name_table.ts";
import { planContainer } from "../plan.ts";
import { validateSpecification } from "../specification/specification.ts";

const FRONT: Network = {
  name: "front",
  id: "0123456789ab",
  driver: "bridge",
  interface: "rkl-0",
  subnets: [{ subnet: "10.1.0.0/24", gateway: "10.1.0.1" }],
  internal: false,
  isolate: false,
  masquerade: true,
  labels: {},
  options: {},
  created: "2026-01-01T00:00:00Z",
};

const IMAGE = new URL("../../bundles/busybox", import.meta.url).pathname;

/** An id that tells whose it is. */
function idOf(name: string): ContainerId {
  return `${name}-`.padEnd(64, "0") as ContainerId;
}

function live(
  name: string,
  aliases: string[],
  rest: Partial<LiveContainer> = {},
): LiveContainer {
  const attachment: Attachment = { name: "front", interface: "eth0", aliases };
  const spec = validateSpecification({ name, image: IMAGE, hostname: "Host" });
  return {
    container: { ...planContainer(spec, {}), id: idOf(name) },
    networks: [attachment],
    init: { pid: 1, startTime: 1 },
    started: true,
    ...rest,
  };
}

const USERS = [
  { owner: idOf("web"), addresses: ["10.1.0.2", "fd00::2"] },
  { owner: idOf("db"), addresses: ["10.1.0.3"] },
  { owner: idOf("gone"), addresses: ["10.1.0.4"] },
];

Deno.test("a container has its name, aliases, host name and id, each once", () => {
  const web = live("web", ["www", "Host"]);
  const [endpoint] = namedEndpoints(FRONT, USERS, [web]);
  assert.deepEqual(endpoint?.names, ["web", "www", "Host", "web-00000000"]);
  assert.deepEqual(endpoint?.addresses.length, 2);
});

Deno.test("those that have ended, wait for start or left the network have no names", () => {
  const waiting = live("web", [], { started: false });
  const elsewhere = live("db", [], { networks: [] });
  assert.deepEqual(namedEndpoints(FRONT, USERS, [waiting, elsewhere]), []);
});

Deno.test("what is known stays the same object until something is different", () => {
  const both = [live("web", ["www"]), live("db", ["www"])];
  const first = knowNetwork(FRONT, USERS, both, undefined);
  assert.deepEqual(
    findAddresses(first.zone, "www"),
    ["10.1.0.2", "fd00::2", "10.1.0.3"].map(parseAddress),
  );
  assert.equal(first.owners.get("fd00::2"), idOf("web"));
  assert.equal(first.forwards, true);
  const again = [live("web", ["www"]), live("db", ["www"])];
  assert.equal(knowNetwork(FRONT, USERS, again, first), first);
  const one = knowNetwork(FRONT, USERS, [both[0]!], first);
  assert.notEqual(one, first);
  assert.deepEqual(findAddresses(one.zone, "db"), undefined);
  const moved = [{ owner: idOf("web"), addresses: ["10.1.0.9"] }];
  assert.notEqual(knowNetwork(FRONT, moved, [both[0]!], one), one);
});

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
