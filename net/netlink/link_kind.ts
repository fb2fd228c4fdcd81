/**
 * Whether the kernel has a kind of link, asked without making one.
 *
 * @module
 */
import { attr, concat, nest, str } from "./attribute.ts";
import { hasCode } from "./errors.ts";
import type { Outcome } from "./exchange.ts";
import { IFLA, IFLA_INFO, linkHeader } from "./link.ts";
import { NLM_F, type Request } from "./message.ts";
import { RTM } from "./rtm.ts";

/** As a `NetlinkSocket` has it. */
export interface Asked {
  /** What comes of each request. */
  tryBatch(requests: readonly Request[]): Outcome[];
}

/**
 * What comes of asking for a link of a kind, such as `veth`: nothing, or a
 * refusal, by EOPNOTSUPP where the kernel does not know it and has no module
 * that does.
 *
 * The link is to have a MAC that none can have. Who knows the kind looks at
 * that first, and refuses it by EADDRNOTAVAIL.
 */
export function askKind(socket: Asked, kind: string): Outcome {
  const [outcome] = socket.tryBatch([{
    what: `add a link of the kind ${kind}`,
    type: RTM.NEWLINK,
    flags: NLM_F.ACK | NLM_F.CREATE | NLM_F.EXCL,
    body: concat(
      linkHeader(0),
      attr(IFLA.ADDRESS, new Uint8Array(6)),
      nest(IFLA.LINKINFO, str(IFLA_INFO.KIND, kind)),
    ),
  }]);
  return hasCode(outcome, "EADDRNOTAVAIL") ? [] : outcome!;
}
