/**
 * Changes that depend on what was read before: the kernel counts generations
 * of all its tables, and refuses a transaction that was made for an older one.
 * So nobody needs a lock, and whoever is refused reads anew.
 *
 * @module
 */
import { be32, concat } from "../netlink/attribute.ts";
import { hasCode } from "../netlink/errors.ts";
import { decodePayload, NLM_F, type Request } from "../netlink/message.ts";
import type { NetlinkSocket } from "../netlink/socket.ts";
import { NFGENMSG, nftRequest, transaction } from "./message.ts";

const NFTA_GEN_ID = 1; // from enum nft_gen_attributes
const NFNL_BATCH_GENID = 1; // from enum nfnl_batch_attributes

/** How often others may come first; each time one of them got on. */
const ATTEMPTS = 1000;

/** What is to be changed, in order; nothing leaves all as it is. */
export type Change = readonly Request[];

/**
 * Has `decide` read what it needs and say what to change, again whenever
 * something else has changed meanwhile.
 *
 * @throws {NetlinkError} when the kernel refuses
 */
export function changeAsRead(
  socket: NetlinkSocket,
  decide: () => Change,
): void {
  for (let attempt = 1;; attempt++) {
    const generation = readGeneration(socket);
    const change = decide();
    if (change.length === 0) return;
    try {
      socket.batch(transactionAt(generation, change));
      return;
    } catch (error) {
      if (!hasCode(error, "ERESTART") || attempt === ATTEMPTS) throw error;
    }
  }
}

/** The number of the generation that is now. */
function readGeneration(socket: NetlinkSocket): number {
  const request = nftRequest(
    "read the generation of nf_tables",
    "GETGEN",
    NLM_F.ACK,
  );
  const [answer] = socket.request(request);
  return decodePayload(answer!, NFGENMSG).attrs.be32(NFTA_GEN_ID) ?? 0;
}

/** A transaction that is refused with ERESTART in any other generation. */
function transactionAt(generation: number, change: Change): Request[] {
  const [begin, ...rest] = transaction(change);
  const body = concat(begin!.body, be32(NFNL_BATCH_GENID, generation));
  return [{ ...begin!, body }, ...rest];
}
