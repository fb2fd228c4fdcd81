/**
 * Which chains of others the packets of a network come to.
 *
 * @module
 */
import type { Family } from "../address.ts";
import type { NetlinkSocket } from "../netlink/socket.ts";
import { decodeChain, listChains, type ListedChain } from "./chain.ts";
import { TABLE } from "./contents.ts";
import type { TableFamily } from "./message.ts";

/** Which packets have to get through. */
export interface Passage {
  /** Those that are forwarded, or questions of DNS to the host itself. */
  readonly hook: "forward" | "input";
  /** The interface of the network they are from or to. */
  readonly bridge: string;
  /** The IP versions that the network has. */
  readonly families: readonly Family[];
}

/** The IP versions whose packets chains see. */
const SEEN: Readonly<Partial<Record<TableFamily, readonly Family[]>>> = {
  ip: [4],
  ip6: [6],
  inet: [4, 6],
};

/**
 * Whether packets of any network come to chains of others.
 *
 * @throws {NetlinkError}
 */
export function hasHostChains(socket: NetlinkSocket): boolean {
  const chains = socket.dump(listChains()).map(decodeChain);
  return chains.some((chain) =>
    (["forward", "input"] as const).some((hook) =>
      sees(chain, { hook, families: [4, 6] })
    )
  );
}

/** Whether packets come to a chain of others. */
export function sees(
  { family, table, base }: ListedChain,
  { hook, families }: Pick<Passage, "hook" | "families">,
): boolean {
  return base?.hook === hook && !(family === "inet" && table === TABLE) &&
    families.some((one) => SEEN[family]?.includes(one));
}
