/**
 * Making the kernel forget the flows of a container that is gone, or has come.
 *
 * @module
 */
import { type Address, sameAddress } from "./address.ts";
import {
  decodeFlow,
  deleteFlow,
  type Flow,
  FLOW_PROTOCOLS,
  type FlowFilter,
  type FlowProtocol,
  listFlows,
} from "./netlink/conntrack.ts";
import { hasCode, tolerate } from "./netlink/errors.ts";
import type { NetlinkSocket } from "./netlink/socket.ts";

/** How many are deleted in one round trip: their answers have to find room. */
const AT_ONCE = 1000;

/** Up to so many ports are asked for one by one; each looks at all flows. */
const FEW = 8;

/** Flows that are to be forgotten: those that any of these is true of. */
export interface ForgottenFlows {
  /** `udp` unless given: TCP ends its flows itself. */
  readonly protocol?: FlowProtocol;
  /** They lead to one of these, a container's. */
  readonly addresses?: readonly Address[];
  /** They were sent to one of these ports of the host. */
  readonly ports?: readonly ForgottenPort[];
}

/** A port of the host. */
export interface ForgottenPort {
  readonly port: number;
  /** Every address of the host unless given. */
  readonly address?: Address;
}

/** The kernel tells nobody of its flows, and so it cannot be had forget any. */
export class UntoldFlowsError extends Error {
  /** Tells it from other errors. */
  override readonly name = "UntoldFlowsError";

  /** Says what it lacks. */
  constructor(
    /** What it was asked to do. */
    readonly what: string,
    options?: ErrorOptions,
  ) {
    super(
      `cannot ${what}, which may lead to where a container was: the kernel ` +
        "does not tell of them (CONFIG_NF_CT_NETLINK)",
      options,
    );
  }
}

/**
 * Forgets flows, each by its own name, on any kernel; returns how many. Call
 * it when a container's ports lead nowhere any more, and again when they lead
 * to it: who kept sending in between has a flow that ends at the host.
 *
 * @throws {NetlinkError | UntoldFlowsError}
 */
export function forgetFlows(
  socket: NetlinkSocket,
  which: ForgottenFlows,
): number {
  const found = queriesOf(which).flatMap((filter) => list(socket, filter));
  const flows = found.filter((flow) => isMeant(flow, which));
  let count = 0;
  for (let at = 0; at < flows.length; at += AT_ONCE) {
    count += forget(socket, flows.slice(at, at + AT_ONCE));
  }
  return count;
}

/** Whether a flow is to be forgotten. */
export function isMeant(flow: Flow, which: ForgottenFlows): boolean {
  const { protocol = "udp", addresses = [], ports = [] } = which;
  const { original, reply, dnat, snat } = flow;
  if (original.protocol !== FLOW_PROTOCOLS[protocol]) return false;
  if (addresses.some((one) => sameAddress(one, reply.source))) return true;
  // What passes on its way out, to a port of the same number, stays.
  if (snat && !dnat) return false;
  return ports.some(({ port, address }) =>
    port === original.destinationPort &&
    (!address || sameAddress(address, original.destination))
  );
}

/** What the kernel is asked for, so that little comes that is not meant. */
function queriesOf(which: ForgottenFlows): FlowFilter[] {
  const { protocol = "udp", addresses = [], ports = [] } = which;
  const ofAddresses = addresses.map((address): FlowFilter => ({
    family: address.family,
    protocol,
    ...(address.family === 4 && { answeredBy: address }),
  }));
  if (ports.length > FEW) {
    const all = ([4, 6] as const).map((family) => ({ family, protocol }));
    return [...ofAddresses, ...all];
  }
  const ofPorts = ports.flatMap(({ port, address }) =>
    (address ? [address.family] : [4, 6] as const)
      .map((family): FlowFilter => ({ family, protocol, port }))
  );
  return [...ofAddresses, ...ofPorts];
}

function list(socket: NetlinkSocket, filter: FlowFilter): Flow[] {
  try {
    return socket.dump(listFlows(filter)).map(decodeFlow);
  } catch (error) {
    // nfnetlink's answer about a subsystem that is not there.
    if (!hasCode(error, "EINVAL")) throw error;
    throw new UntoldFlowsError(error.request.what, { cause: error });
  }
}

/** Deletes flows; says how many were still there. */
function forget(socket: NetlinkSocket, flows: readonly Flow[]): number {
  const outcomes = socket.tryBatch(flows.map(deleteFlow));
  const failures = outcomes.filter((outcome) => outcome instanceof Error);
  tolerate(failures, "ENOENT");
  return outcomes.length - failures.length;
}
