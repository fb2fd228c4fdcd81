/**
 * What becomes of a query: an answer from the network's names, or a question to
 * somebody outside.
 *
 * - A name that is known is never asked for outside, whatever the type of record:
 *   an answer without records says that there is the name, but not that.
 * - An unknown name without dots is asked for outside, as docker and podman do:
 *   the servers of the host's network may know it.
 * - Unknown names below the network's own domain, and unknown addresses in its
 *   subnets, nobody outside can know.
 * - A network without a way out has none for names either: an unknown name does
 *   not exist there. Refusing would have resolvers try again.
 *
 * @module
 */
import type { Answer } from "@dnsquery/dns-packet";
import type { Transport } from "../../sys/inet.ts";
import { type Address, type Family, formatAddress } from "../address.ts";
import type { NameServer } from "../names/resolv_conf.ts";
import { findAddresses, findNames, isOwn, type Zone } from "./names.ts";
import { type Query, RCODE, readQuery } from "./query.ts";
import {
  encodeRefusal,
  encodeReply,
  LONGEST_MESSAGE,
  longestDatagram,
  type Reply,
} from "./reply.ts";

/** What somebody may see. */
export interface View {
  /** The names of the networks it is on; of a name in several, the first. */
  readonly zones: readonly Zone[];
  /** Whether names that are not in them are asked for outside. */
  readonly forwards: boolean;
  /** Whom to ask then, at most three; the host's servers unless given. */
  readonly servers?: readonly NameServer[];
}

/** What to do about a message: nothing, to send bytes, or to ask outside. */
export type Outcome = undefined | Uint8Array | Query;

/**
 * How long an answer may be remembered, in seconds: not at all, as podman has
 * it. A container that is restarted has another address, replicas take turns,
 * and asking again costs next to nothing. Docker's 600 seconds have programs
 * speak to addresses that are no more.
 */
const TTL = 0;

/** Where in a name's addresses the next answer begins, by IP version. */
const turns: Record<Family, WeakMap<readonly Address[], number>> = {
  4: new WeakMap(),
  6: new WeakMap(),
};

/** Decides. The view is looked at only for what can be answered. */
export function answer(
  message: Uint8Array,
  transport: Transport,
  look: () => View,
): Outcome {
  const query = readQuery(message);
  if (query === undefined) return undefined;
  if ("rcode" in query) return encodeRefusal(query, query.rcode);
  const reply = decide(query, look);
  return reply && encodeReply(query, reply, longestReply(query, transport)) ||
    query;
}

/** How many bytes the asker takes. */
export function longestReply(query: Query, transport: Transport): number {
  return transport === "tcp" ? LONGEST_MESSAGE : longestDatagram(query);
}

/** What the network itself says; undefined if it has to be asked outside. */
function decide(query: Query, look: () => View): Reply | undefined {
  if (query.edns && query.edns.version > 0) return { rcode: RCODE.BADVERS };
  const isTransfer = query.type === "AXFR" || query.type === "IXFR";
  if (query.class !== "IN" || isTransfer) return { rcode: RCODE.REFUSED };
  const { zones, forwards } = look();
  const { name } = query;
  const found = name === undefined ? undefined : find(zones, name, query.type);
  if (found) return { authoritative: true, ...found };
  return forwards ? undefined : { rcode: RCODE.NXDOMAIN };
}

function find(
  zones: readonly Zone[],
  name: string,
  type: string,
): Reply | undefined {
  const key = name.toLowerCase();
  for (const zone of zones) {
    const addresses = findAddresses(zone, key);
    const names = addresses ? undefined : findNames(zone, key);
    if (!addresses && !names) continue;
    const answers = addresses
      ? addressRecords(name, type, addresses)
      : nameRecords(name, type, names!);
    return { rcode: RCODE.NOERROR, answers };
  }
  // The domain itself is there, though it has no records.
  if (zones.some(({ domain }) => domain === key)) {
    return { rcode: RCODE.NOERROR };
  }
  return zones.some((zone) => isOwn(zone, key))
    ? { rcode: RCODE.NXDOMAIN }
    : undefined;
}

function addressRecords(
  name: string,
  type: string,
  addresses: readonly Address[],
): Answer[] {
  const has = (wanted: Family) =>
    addresses.some(({ family }) => family === wanted);
  // RFC 8482, section 4.1: of ANY one kind of record will do.
  const asked = type === "ANY" ? has(4) ? "A" : "AAAA" : type;
  if (asked !== "A" && asked !== "AAAA") return [];
  const data = takeTurn(addresses, asked === "A" ? 4 : 6).map(formatAddress);
  return records(name, asked, data);
}

/**
 * The addresses of one IP version, beginning one later each time: programs take
 * the first. Where it begins is chance, as tables are made anew.
 */
function takeTurn(all: readonly Address[], wanted: Family): Address[] {
  const list = all.filter(({ family }) => family === wanted);
  if (list.length < 2) return list;
  const last = turns[wanted].get(all) ??
    Math.floor(Math.random() * list.length);
  const turn = (last + 1) % list.length;
  turns[wanted].set(all, turn);
  return [...list.slice(turn), ...list.slice(0, turn)];
}

function nameRecords(
  name: string,
  type: string,
  names: readonly string[],
): Answer[] {
  return type === "PTR" || type === "ANY" ? records(name, "PTR", names) : [];
}

function records(
  name: string,
  type: "A" | "AAAA" | "PTR",
  data: readonly string[],
): Answer[] {
  return data.map((one) => ({ name, type, ttl: TTL, data: one }));
}
