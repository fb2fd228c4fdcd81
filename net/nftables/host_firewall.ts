/**
 * What the host's own firewall may drop: rkl's table cannot, and shall not,
 * let through what another table stops.
 *
 * @module
 */
import type { NetlinkSocket } from "../netlink/socket.ts";
import { decodeChain, listChains, type ListedChain } from "./chain.ts";
import { type Passage, sees } from "./host_chains.ts";
import { ofFamily } from "./message.ts";
import { decodeRule, type ListedRule, listRules } from "./rule.ts";

/** A chain that drops packets unless one of its rules accepts them. */
export interface Obstacle {
  readonly chain: ListedChain;
  /** The shell's command that adds rules which let a network's packets through. */
  readonly remedy: string;
}

/** Where packets of a network pass, and how a rule tells them there. */
const WAYS: Readonly<Record<Passage["hook"], readonly string[]>> = {
  forward: ["iifname BRIDGE", "oifname BRIDGE"],
  input: ["iifname BRIDGE meta l4proto { tcp, udp } th dport 53"],
};

/**
 * The chain as an obstacle, if it is one: if the packets come to it and end
 * there, by its policy or by a rule that nothing gets past. Its other rules are
 * not read, so they may let the packets through already. Chains of the old
 * `iptables-legacy` are not known to nf_tables.
 */
export function asObstacle(
  chain: ListedChain,
  rules: readonly ListedRule[],
  passage: Passage,
): Obstacle | undefined {
  if (!sees(chain, passage)) return undefined;
  const own = rules.filter((rule) => rule.chain === chain.name);
  const note = `rkl ${passage.bridge}`;
  // By its note the remedy is known.
  if (own.some(({ comment }) => comment === note)) return undefined;
  const drops = chain.base?.policy === "drop" ||
    own.some(({ dropsAll }) => dropsAll);
  if (!drops) return undefined;
  const bridge = JSON.stringify(passage.bridge);
  const remedy = WAYS[passage.hook].map((packets) =>
    `nft insert rule ${chain.family} ${chain.table} ${chain.name} ` +
    `'${packets.replace("BRIDGE", bridge)}' accept ` +
    `comment '${JSON.stringify(note)}'`
  ).join(" && ");
  return { chain, remedy };
}

/**
 * The chains that are in the way, as the kernel has them.
 *
 * @throws {NetlinkError}
 */
export function listObstacles(
  socket: NetlinkSocket,
  passage: Passage,
): Obstacle[] {
  return socket.dump(listChains()).map(decodeChain)
    .filter((chain) => sees(chain, passage))
    .flatMap((chain) => {
      const request = ofFamily(listRules(chain.table), chain.family);
      const rules = socket.dump(request).map(decodeRule);
      return asObstacle(chain, rules, passage) ?? [];
    });
}
