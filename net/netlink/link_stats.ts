/**
 * What has passed every link, as `ip -s link` shows it, and no more of each.
 *
 * @module
 */
import { viewOf } from "../../sys/memory.ts";
import { MalformedMessageError } from "./attribute.ts";
import { decodePayload, type Message, type Request } from "./message.ts";
import { RTM } from "./rtm.ts";

/** The attribute, and as a bit of the filter; from linux/if_link.h. */
const IFLA_STATS_LINK_64 = 1;
/** struct if_stats_msg { u8 family, pad; u16 pad; u32 ifindex, filter_mask; } */
const HEADER = 12;
/** Offsets in struct rtnl_link_stats64, from linux/if_link.h. */
const RX_BYTES = 16, TX_BYTES = 24;

/** The bytes that have passed a link. */
export interface LinkStats {
  readonly index: number;
  readonly received: number;
  readonly sent: number;
}

/** Asks for all links of a namespace; since Linux 4.7. */
export function listLinkStats(): Request {
  const body = new Uint8Array(HEADER);
  viewOf(body).setUint32(8, 1 << (IFLA_STATS_LINK_64 - 1), true);
  return {
    what: "count what passes the links",
    type: RTM.GETSTATS,
    flags: 0,
    body,
  };
}

/**
 * Reads a message of type NEWSTATS.
 *
 * @throws {MalformedMessageError}
 */
export function decodeLinkStats(message: Message): LinkStats {
  const { header, attrs } = decodePayload(message, HEADER);
  const stats = attrs.bytes(IFLA_STATS_LINK_64);
  if (!stats || stats.length < TX_BYTES + 8) {
    const problem = `has ${stats?.length ?? 0} bytes of counters`;
    throw new MalformedMessageError("a link's statistics", problem);
  }
  const view = viewOf(stats);
  return {
    index: header.getUint32(4, true),
    received: Number(view.getBigUint64(RX_BYTES, true)),
    sent: Number(view.getBigUint64(TX_BYTES, true)),
  };
}
