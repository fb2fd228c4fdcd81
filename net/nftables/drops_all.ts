/**
 * Rules that end a chain as a policy would: for every packet that comes to them.
 *
 * @module
 */
import type { Attributes } from "../netlink/attribute.ts";
import { NFT_VERDICT, NFTA_EXPR } from "./expression.ts";
import { NFTA_DATA } from "./message.ts";

/** Expressions that let every packet go on to the next of the rule. */
const IDLE: readonly string[] = ["counter", "log"];

/** Whether a rule of these expressions drops or rejects whatever comes to it. */
export function dropsAll(expressions: readonly Attributes[]): boolean {
  const decisive = expressions.filter((expr) =>
    !IDLE.includes(expr.string(NFTA_EXPR.NAME) ?? "")
  );
  return decisive.length === 1 && drops(decisive[0]!);
}

function drops(expr: Attributes): boolean {
  const data = expr.nested(NFTA_EXPR.DATA);
  switch (expr.string(NFTA_EXPR.NAME)) {
    case "reject":
      return true;
    case "target": // of iptables-nft; enum nft_target_attributes: NAME 1
      return data?.string(1) === "REJECT";
    case "immediate": {
      // enum nft_immediate_attributes: DATA 2; nft_verdict_attributes: CODE 1
      const verdict = data?.nested(2)?.nested(NFTA_DATA.VERDICT);
      return verdict?.be32(1) === NFT_VERDICT.drop;
    }
    default:
      return false;
  }
}
