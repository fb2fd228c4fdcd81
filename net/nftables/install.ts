/**
 * Putting rkl's table in the kernel, in one transaction.
 *
 * The functions take a socket of the family NETFILTER, which belongs to the
 * network namespace that is meant. Who changes the table holds rkl's lock.
 *
 * @module
 */
import type { NetlinkSocket } from "../netlink/socket.ts";
import { TABLE } from "./contents.ts";
import type { Description } from "./description.ts";
import { transaction } from "./message.ts";
import { encodePlan, type Plan } from "./plan.ts";
import { planRuleset } from "./ruleset.ts";
import { addTable, deleteTable } from "./table.ts";

/**
 * Carries a plan out, whole or not at all.
 *
 * @throws {NetlinkError} names what was refused
 */
export function applyPlan(socket: NetlinkSocket, plan: Plan): void {
  socket.batch(transaction(encodePlan(plan)));
}

/**
 * Puts the table in place, instead of the one that may be there. Connections
 * go on.
 *
 * @throws {NetlinkError}
 * @throws {InvalidLinkNameError}
 * @throws {InvalidPortError}
 */
export function replaceRuleset(
  socket: NetlinkSocket,
  description: Description,
): void {
  socket.batch(transaction([
    addTable({ name: TABLE }), // else there may be none to delete
    deleteTable(TABLE),
    ...encodePlan(planRuleset(description)),
  ]));
}
