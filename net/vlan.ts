/**
 * Which VLANs a port of a bridge is in.
 *
 * An access port is in one: the machine behind it sends and gets frames without
 * a tag, and knows nothing of VLANs. A trunk port is in several, with tags that
 * the machine behind it puts on and takes off itself.
 *
 * @module
 */
import { tolerate } from "./netlink/errors.ts";
import type { Request } from "./netlink/message.ts";
import type { NetlinkSocket } from "./netlink/socket.ts";
import { addVlan, deleteVlan } from "./netlink/vlan.ts";

/** The VLAN that every port of a bridge is in unless it is taken out of it. */
export const DEFAULT_VLAN = 1;

/** VLANs from the first to the last. */
export type VlanRange = readonly [first: number, last: number];

/** The VLANs of a port. */
export interface Membership {
  /** Of an access port. */
  readonly access?: number;
  /** Of a trunk port. */
  readonly trunk?: readonly VlanRange[];
  /** It stays in {@linkcode DEFAULT_VLAN} beside the others. */
  readonly preserveDefault?: boolean;
}

/** The number of a VLAN; undefined for what is none. */
export function parseVlan(text: string): number | undefined {
  const id = /^[1-9]\d{0,3}$/.test(text) ? Number(text) : NaN;
  return id <= 4094 ? id : undefined;
}

/**
 * The VLANs of `100,200-300`, in order and joined where they touch; undefined
 * for what lists none.
 */
export function parseVlans(text: string): VlanRange[] | undefined {
  const ranges = text.split(",").map((part): VlanRange | undefined => {
    const ends = part.split("-");
    const [first, last] = [ends[0]!, ends.at(-1)!].map(parseVlan);
    const valid = ends.length <= 2 && first !== undefined &&
      last !== undefined && first <= last;
    return valid ? [first, last] : undefined;
  });
  return ranges.every((range) => range !== undefined)
    ? joinRanges(ranges)
    : undefined;
}

/** Ranges in order, joined where they touch. */
export function joinRanges(ranges: readonly VlanRange[]): VlanRange[] {
  const joined: [number, number][] = [];
  for (const [first, last] of ranges.toSorted(([a], [b]) => a - b)) {
    const before = joined.at(-1);
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else joined.push([first, last]);
  }
  return joined;
}

/** What puts a port, which is new or was put before, into its VLANs. */
export function membershipRequests(
  index: number,
  { access, trunk = [], preserveDefault = false }: Membership,
): Request[] {
  return [
    ...(preserveDefault ? [] : [deleteVlan(index, { id: DEFAULT_VLAN })]),
    ...trunk.map(([id, last]) => addVlan(index, { id, last })),
    ...(access === undefined
      ? []
      : [addVlan(index, { id: access, pvid: true, untagged: true })]),
  ];
}

/**
 * Puts a port of a bridge that filters VLANs into its own.
 *
 * @throws {NetlinkError} EOPNOTSUPP where the kernel has no VLANs
 */
export function joinVlans(
  socket: NetlinkSocket,
  index: number,
  membership: Membership,
): void {
  carryOut(socket, membershipRequests(index, membership));
}

/**
 * Takes the bridge itself out of the default VLAN, so that nobody on it reaches
 * the host but by an interface that the packet filter knows.
 *
 * @throws {NetlinkError} EOPNOTSUPP where the kernel has no VLANs
 */
export function leaveVlans(socket: NetlinkSocket, bridge: number): void {
  carryOut(socket, [deleteVlan(bridge, { id: DEFAULT_VLAN, self: true })]);
}

function carryOut(socket: NetlinkSocket, requests: readonly Request[]): void {
  // It was taken out of the default one before.
  tolerate(socket.tryBatch(requests), "ENOENT");
}
