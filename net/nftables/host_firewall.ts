/**
 * What the host's own firewall may drop: rkl's table cannot, and shall not,
 * let through what another table stops.
 *
 * @module
 */
import type { ListedChain } from "./chain.ts";
import { TABLE } from "./ruleset.ts";

/** A chain that drops forwarded packets unless one of its rules accepts them. */
export interface Obstacle {
  readonly chain: ListedChain;
  /** The command that adds a rule which lets a network's packets through. */
  readonly remedy: string;
}

/**
 * The chains that packets from or to a bridge have to get past: those that are
 * called for forwarded packets and whose policy is to drop. Their rules are not
 * read, so they may let the packets through already. Chains of the old
 * `iptables-legacy` are not known to nf_tables.
 */
export function findObstacles(
  chains: readonly ListedChain[],
  bridge: string,
): Obstacle[] {
  return chains.filter(mayDrop).map((chain) => ({
    chain,
    remedy: ["iifname", "oifname"].map((name) =>
      `nft insert rule ${chain.family} ${chain.table} ${chain.name} ` +
      `${name} ${JSON.stringify(bridge)} accept`
    ).join(" && "),
  }));
}

function mayDrop({ family, table, base }: ListedChain): boolean {
  return ["inet", "ip", "ip6"].includes(family) &&
    !(family === "inet" && table === TABLE) &&
    base?.hook === "forward" && base.policy === "drop";
}
