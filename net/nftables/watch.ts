/**
 * Whether rkl's table is still whole: others may flush the ruleset, and the
 * kernel tells of it (`Subscription` to `NFNLGRP.NFTABLES`).
 *
 * @module
 */
import {
  decodePayload,
  type Message,
  type Request,
} from "../netlink/message.ts";
import { hasCode } from "../netlink/errors.ts";
import type { NetlinkSocket } from "../netlink/socket.ts";
import { familyOf, NFGENMSG, nftType } from "./message.ts";
import { decodeRule, listRules } from "./rule.ts";
import type { Plan } from "./plan.ts";
import { TABLE } from "./contents.ts";
import { planRuleset } from "./ruleset.ts";
import { decodeTable, getTable } from "./table.ts";

/** The attribute that names the table, in messages about all that is in one. */
const NFTA_TABLE = 1;

/** Of rkl's tables: of packets, and of frames. */
const FAMILIES = new Set<string | undefined>(["inet", "bridge"]);

/**
 * Whether news are about a table of rkl's. Changes of rkl's own are among them.
 *
 * @throws {MalformedMessageError}
 */
export function concernsRuleset(message: Message): boolean {
  if (nftType(message.type) === undefined) return false;
  const { header, attrs } = decodePayload(message, NFGENMSG);
  return FAMILIES.has(familyOf(header)) && attrs.string(NFTA_TABLE) === TABLE;
}

/**
 * Whether the table is there with all rules of this version of rkl; what is in
 * its sets is not looked at.
 *
 * @throws {NetlinkError}
 */
export function isIntact(socket: NetlinkSocket): boolean {
  return isWhole(socket, EMPTY, (request) => request);
}

/**
 * Whether the table of a plan is there with all its rules. `of` puts requests
 * into the table's family.
 *
 * @throws {NetlinkError}
 */
export function isWhole(
  socket: NetlinkSocket,
  plan: Plan,
  of: (request: Request) => Request,
): boolean {
  const [wanted] = plan.flatMap((one) =>
    one.add === "table" ? [one.table] : []
  );
  const rules = plan.flatMap((one) => one.add === "rule" ? [one.rule] : []);
  const { name, comment } = wanted!;
  try {
    const [table] = socket.request(of(getTable(name))).map(decodeTable);
    // Kernels before 5.10 forget the note.
    if ((table?.comment ?? comment) !== comment) return false;
    const found = socket.dump(of(listRules(name))).map(decodeRule);
    return nameRules(found).join("\n") === nameRules(rules).join("\n");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return false;
    throw error;
  }
}

const EMPTY = planRuleset({ networks: [], ports: [] });

function nameRules(rules: readonly { chain: string; comment?: string }[]) {
  return rules.map(({ chain, comment }) => `${chain}: ${comment}`).sort();
}
