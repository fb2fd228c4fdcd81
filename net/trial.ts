/**
 * Trying on the kernel what networks take, so that nothing is left of it.
 *
 * @module
 */
import { openFilter } from "./firewall.ts";
import { addBridge, setBridge } from "./netlink/bridge.ts";
import { NetlinkError } from "./netlink/errors.ts";
import type { Outcome } from "./netlink/exchange.ts";
import { decodeLink, getLink } from "./netlink/link.ts";
import type { Asked } from "./netlink/link_kind.ts";
import type { Message } from "./netlink/message.ts";
import { NetlinkSocket } from "./netlink/socket.ts";
import { inNetns, newNetns } from "./netns.ts";
import { transaction } from "./nftables/message.ts";
import { encodePlan, type Plan } from "./nftables/plan.ts";
import type { Statement } from "./nftables/rule.ts";
import type { SetType } from "./nftables/set.ts";

/** Where it is asked: sockets in a namespace with nothing in it. */
export interface Kernel {
  /** Of the family ROUTE. */
  readonly route: Asked;
  /** Of the family NETFILTER; undefined where the kernel has no such. */
  readonly filter: Asked | undefined;
}

/** The table that is tried; not rkl's own. */
const TABLE = "probe";

/** From addresses and ports to such, as published ports are. */
export const PORTS: SetType = {
  table: TABLE,
  name: "ports",
  key: ["inet_proto", "inet_service"],
  value: ["ipv4_addr", "inet_service"],
};

/** Pairs of prefixes, as neighbours are. */
export const NEIGHBOURS: SetType = {
  table: TABLE,
  name: "neighbours",
  key: ["ipv4_addr", "ipv4_addr"],
  interval: true,
};

/**
 * Does something in a network namespace with nothing in it, which is gone
 * afterwards.
 *
 * @throws {SyscallError} EPERM without CAP_SYS_ADMIN
 */
export function inTrial<T>(action: (kernel: Kernel) => T): T {
  using netns = newNetns();
  using route = inNetns(netns, () => new NetlinkSocket("ROUTE"));
  using filter = inNetns(netns, openFilter);
  return action({ route, filter });
}

/**
 * A kernel without it refuses the option, or ignores it and does not tell of it
 * later. Asked of a bridge that is there: to make one and have it refused would
 * cost 40 ms.
 */
export function askFiltering(socket: Asked): Outcome {
  const name = "probe";
  const request = getLink(name);
  const outcomes = socket.tryBatch([
    addBridge({ name }),
    setBridge(name, { vlanFiltering: true }),
    request,
  ]);
  const refused = outcomes.find((outcome) => outcome instanceof Error);
  if (refused) return refused;
  const looked = outcomes[2] as Message[];
  const isOn = looked.some((message) =>
    decodeLink(message).bridge?.vlanFiltering
  );
  return isOn ? [] : new NetlinkError(
    { ...request, what: "have the bridge filter VLANs" },
    { errno: 95 }, // EOPNOTSUPP
  );
}

/** Carries out a plan in the table that is tried. */
export function tryPlan({ filter }: Kernel, plan: Plan): Outcome {
  const requests = encodePlan([
    { add: "table", table: { name: TABLE } },
    ...plan,
  ]);
  if (!filter) {
    return new NetlinkError(requests[0]!, { errno: 93 }); // EPROTONOSUPPORT
  }
  const outcomes = filter.tryBatch(transaction(requests));
  return outcomes.find((outcome) => outcome instanceof Error) ?? [];
}

/**
 * A chain with one rule; of which type, follows from what the rule does. Its
 * name is its own: nf_tables closes a socket only 20 ms after a chain that is
 * there was added again.
 */
export function rule(name: string, ...statements: Statement[]): Plan {
  const does = (what: string) =>
    statements.some((statement) => "do" in statement && statement.do === what);
  const hook = does("masquerade") ? "postrouting" : "prerouting";
  const type = hook === "postrouting" || does("dnat") ? "nat" : "filter";
  return [
    {
      add: "chain",
      chain: {
        table: TABLE,
        name,
        base: { type, hook, priority: -100, policy: "accept" },
      },
    },
    { add: "rule", rule: { table: TABLE, chain: name, statements } },
  ];
}
