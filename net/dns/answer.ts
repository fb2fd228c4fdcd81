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
import {
  type Addresses,
  findAddresses,
  isOwn,
  type NameTable,
} from "./names.ts";
import { type Query, RCODE, readQuery } from "./query.ts";
import {
  encodeRefusal,
  encodeReply,
  LONGEST_MESSAGE,
  longestDatagram,
  type Reply,
} from "./reply.ts";
import type { Transport } from "../../sys/inet_socket.ts";

/** What somebody may see. */
export interface View {
  /** The names of the networks it is on; of a name in several, the first. */
  readonly tables: readonly NameTable[];
  /** Whether names that are not in them are asked for outside. */
  readonly forwards: boolean;
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

/** How many records of a name there were: where the next answer begins. */
const turns = new WeakMap<readonly string[], number>();

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
  const { tables, forwards } = look();
  const { name } = query;
  const found = name === undefined ? undefined : find(tables, name, query.type);
  if (found) return { authoritative: true, ...found };
  return forwards ? undefined : { rcode: RCODE.NXDOMAIN };
}

function find(
  tables: readonly NameTable[],
  name: string,
  type: string,
): Reply | undefined {
  const key = name.toLowerCase();
  for (const table of tables) {
    const addresses = findAddresses(table, key);
    if (addresses) {
      const answers = addressRecords(name, type, addresses);
      return { rcode: RCODE.NOERROR, answers };
    }
    const names = table.names.get(key);
    if (names) {
      const isAsked = type === "PTR" || type === "ANY";
      return {
        rcode: RCODE.NOERROR,
        answers: isAsked ? records(name, "PTR", names) : [],
      };
    }
  }
  // The domain itself is there, though it has no records.
  if (tables.some(({ domain }) => domain === key)) {
    return { rcode: RCODE.NOERROR };
  }
  return tables.some((table) => isOwn(table, key))
    ? { rcode: RCODE.NXDOMAIN }
    : undefined;
}

/** RFC 8482, section 4.1: of ANY one kind of record will do. */
function addressRecords(
  name: string,
  type: string,
  addresses: Addresses,
): Answer[] {
  const four = type === "A" || type === "ANY" && addresses[4].length > 0;
  if (four) return records(name, "A", takeTurn(addresses[4]));
  const six = type === "AAAA" || type === "ANY";
  return six ? records(name, "AAAA", takeTurn(addresses[6])) : [];
}

/** All of a list, beginning one later each time: programs take the first. */
function takeTurn(list: readonly string[]): readonly string[] {
  if (list.length < 2) return list;
  const turn = turns.get(list) ?? 0;
  turns.set(list, (turn + 1) % list.length);
  return [...list.slice(turn), ...list.slice(0, turn)];
}

function records(
  name: string,
  type: "A" | "AAAA" | "PTR",
  data: readonly string[],
): Answer[] {
  return data.map((one) => ({ name, type, ttl: TTL, data: one }));
}
