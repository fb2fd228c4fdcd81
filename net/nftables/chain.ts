/**
 * Chains, as `nft list chains` shows them: base chains, which a hook of the
 * network stack calls, and chains to jump to.
 *
 * @module
 */
import { be32, concat, nest, str } from "../netlink/attribute.ts";
import {
  decodePayload,
  type Message,
  NLM_F,
  type Request,
} from "../netlink/message.ts";
import {
  familyOf,
  NFGENMSG,
  nftList,
  nftRequest,
  type TableFamily,
} from "./message.ts";

/** From enum nft_chain_attributes. */
const NFTA_CHAIN = { TABLE: 1, NAME: 3, HOOK: 4, POLICY: 5, TYPE: 7 } as const;

/** From enum nft_hook_attributes. */
const NFTA_HOOK = { HOOKNUM: 1, PRIORITY: 2 } as const;

/** From enum nf_inet_hooks of linux/netfilter.h. */
const HOOKS = [
  "prerouting",
  "input",
  "forward",
  "output",
  "postrouting",
] as const;

/** Verdicts as a policy, from linux/netfilter.h: NF_DROP, NF_ACCEPT. */
const POLICIES = ["drop", "accept"] as const;

/** What calls a base chain, and when. */
export interface Hook {
  readonly type: "filter" | "nat" | "route";
  readonly hook: typeof HOOKS[number];
  /** Chains with lower ones come first. */
  readonly priority: number;
  /** What happens to a packet that no rule decides about. */
  readonly policy: typeof POLICIES[number];
}

/** A chain of a table. */
export interface Chain {
  readonly table: string;
  readonly name: string;
  /** Missing for chains to jump to. */
  readonly base?: Hook;
}

/** A chain as the kernel tells of it. */
export interface ListedChain extends Chain {
  readonly family: TableFamily;
}

/** `nft add chain inet TABLE NAME { type … hook … priority …; policy …; }` */
export function addChain({ table, name, base }: Chain): Request {
  return nftRequest(
    `add the chain ${name} to the table ${table}`,
    "NEWCHAIN",
    NLM_F.ACK | NLM_F.CREATE,
    str(NFTA_CHAIN.TABLE, table),
    str(NFTA_CHAIN.NAME, name),
    base ? encodeHook(base) : concat(),
  );
}

/** `nft list chains`, of all families; for a dump. */
export function listChains(): Request {
  return nftList("list the chains", "GETCHAIN");
}

/**
 * Reads a message of type NEWCHAIN or DELCHAIN.
 *
 * @throws {MalformedMessageError}
 */
export function decodeChain(message: Message): ListedChain {
  const { header, attrs } = decodePayload(message, NFGENMSG);
  const family = familyOf(header);
  // Others number their hooks in another way.
  const hook = ["inet", "ip", "ip6", "bridge"].includes(family)
    ? attrs.nested(NFTA_CHAIN.HOOK)
    : undefined;
  const name = HOOKS[hook?.be32(NFTA_HOOK.HOOKNUM) ?? -1];
  return {
    family,
    table: attrs.string(NFTA_CHAIN.TABLE) ?? "",
    name: attrs.string(NFTA_CHAIN.NAME) ?? "",
    ...(hook && name && {
      base: {
        type: attrs.string(NFTA_CHAIN.TYPE) as Hook["type"],
        hook: name,
        priority: (hook.be32(NFTA_HOOK.PRIORITY) ?? 0) | 0,
        policy: POLICIES[attrs.be32(NFTA_CHAIN.POLICY) ?? 1] ?? "accept",
      },
    }),
  };
}

function encodeHook({ type, hook, priority, policy }: Hook): Uint8Array {
  return concat(
    str(NFTA_CHAIN.TYPE, type),
    be32(NFTA_CHAIN.POLICY, POLICIES.indexOf(policy)),
    nest(
      NFTA_CHAIN.HOOK,
      be32(NFTA_HOOK.HOOKNUM, HOOKS.indexOf(hook)),
      be32(NFTA_HOOK.PRIORITY, priority),
    ),
  );
}
