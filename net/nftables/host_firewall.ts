/**
 * What the host's own firewall may drop: rkl's table cannot, and shall not,
 * let through what another table stops.
 *
 * @module
 */
import type { NetlinkSocket } from "../netlink/socket.ts";
import {
  decodeChain,
  type Hook,
  listChains,
  type ListedChain,
} from "./chain.ts";
import { ofFamily } from "./message.ts";
import { decodeRule, listRules } from "./rule.ts";
import { TABLE } from "./ruleset.ts";

/** A chain that drops packets unless one of its rules accepts them. */
export interface Obstacle {
  readonly chain: ListedChain;
  /** The shell's command that adds rules which let a network's packets through. */
  readonly remedy: string;
}

/** Where packets of a network pass, and how a rule tells them there. */
const WAYS: Readonly<Partial<Record<Hook["hook"], readonly string[]>>> = {
  forward: ["iifname BRIDGE", "oifname BRIDGE"],
  input: ["iifname BRIDGE meta l4proto { tcp, udp } th dport 53"],
};

/**
 * The chains that packets from or to a bridge have to get past: those that are
 * called for them and whose policy is to drop. Their rules are not read, so
 * they may let the packets through already. Chains of the old
 * `iptables-legacy` are not known to nf_tables.
 */
export function findObstacles(
  chains: readonly ListedChain[],
  bridge: string,
  hook: "forward" | "input" = "forward",
): Obstacle[] {
  return chains.filter((chain) => mayDrop(chain, hook)).map((chain) => ({
    chain,
    remedy: WAYS[hook]!.map((packets) =>
      `nft insert rule ${chain.family} ${chain.table} ${chain.name} ` +
      `${packets.replace("BRIDGE", JSON.stringify(bridge))} accept ` +
      `comment '${JSON.stringify(noteOf(bridge))}'`
    ).join(" && "),
  }));
}

/**
 * {@linkcode findObstacles} of the kernel, without those that got the remedy.
 *
 * @throws {NetlinkError}
 */
export function listObstacles(
  socket: NetlinkSocket,
  bridge: string,
  hook: "forward" | "input" = "forward",
): Obstacle[] {
  const chains = socket.dump(listChains()).map(decodeChain);
  return findObstacles(chains, bridge, hook).filter(({ chain }) => {
    const request = ofFamily(listRules(chain.table), chain.family);
    return !socket.dump(request).map(decodeRule).some((rule) =>
      rule.chain === chain.name && rule.comment === noteOf(bridge)
    );
  });
}

/** The note by which the remedy is known. */
function noteOf(bridge: string): string {
  return `rkl ${bridge}`;
}

function mayDrop(
  { family, table, base }: ListedChain,
  hook: Hook["hook"],
): boolean {
  return ["inet", "ip", "ip6"].includes(family) &&
    !(family === "inet" && table === TABLE) &&
    base?.hook === hook && base.policy === "drop";
}
