/**
 * A pair of interfaces, one end of which is a port of the bridge. The pair
 * vanishes with either end.
 *
 * @module
 */
import type { Fd } from "../../../sys/fd.ts";
import { setPort } from "../../netlink/bridge.ts";
import { hasCode, tolerate } from "../../netlink/errors.ts";
import {
  addVeth,
  decodeLink,
  deleteLink,
  getLink,
  type Link,
  setLink,
} from "../../netlink/link.ts";
import type { NetlinkSocket } from "../../netlink/socket.ts";
import { CNI_CODE, CniError } from "../error.ts";
import { findLink } from "../../netlink/find_link.ts";
import type { PortPlan } from "./plan.ts";
import { setVlans } from "./vlan.ts";

/** The end that is not the port. */
export interface OtherEnd {
  readonly name: string;
  readonly mac?: string;
  /** Where it is made; where the port is, unless given. */
  readonly netns?: Fd;
}

/**
 * Makes a pair with a port of the bridge, up. What an interrupted one of the
 * same owner left is made anew.
 *
 * @throws {CniError} when somebody else has the name
 */
export function addPair(
  socket: NetlinkSocket,
  bridge: Link,
  port: PortPlan,
  other: OtherEnd,
): Link {
  const { name, vlans, mtu } = port;
  const size = mtu === undefined ? {} : { mtu };
  // With VLANs it waits until it is in the right ones.
  const pair = addVeth(
    { name, master: bridge.index, up: !vlans, ...size },
    { ...other, ...size },
  );
  const [made] = socket.tryBatch([pair]);
  if (hasCode(made, "EEXIST")) {
    removeStale(socket, port);
    socket.request(pair);
  } else if (made instanceof Error) throw made;
  try {
    return complete(socket, port);
  } catch (error) {
    removePort(socket, name);
    throw error;
  }
}

/** Removes a port, if it is there. */
export function removePort(socket: NetlinkSocket, name: string): void {
  tolerate(socket.tryBatch([deleteLink(name)]), "ENODEV");
}

function complete(socket: NetlinkSocket, port: PortPlan): Link {
  const { name, note, hairpin, isolated, vlans } = port;
  const [, , answer] = socket.batch([
    setLink(name, { alias: note }),
    setPort(name, { hairpin, isolated }),
    getLink(name),
  ]);
  const link = decodeLink(answer![0]!);
  if (!vlans) return link;
  setVlans(socket, link.index, vlans);
  socket.request(setLink(link.index, { up: true }));
  return link;
}

function removeStale(
  socket: NetlinkSocket,
  { name, note }: PortPlan,
): void {
  const link = findLink(socket, name);
  if (!link) return;
  // Killed before it could leave its note, it has none.
  if (link.kind !== "veth" || (link.alias ?? note) !== note) {
    throw new CniError(
      CNI_CODE.INTERNAL,
      `cannot make the interface ${name}`,
      `there is one of that name (${link.alias ?? link.kind ?? "a device"}); ` +
        "remove it if nobody needs it",
    );
  }
  removePort(socket, name);
}
