/**
 * The text of resolv.conf (resolv.conf(5)), read as resolvers read it: what
 * they pass over is no error.
 *
 * @module
 */
import {
  type Address,
  formatAddress,
  parseAddress,
  tryParse,
} from "../address.ts";

/** Whom a resolver asks. */
export interface NameServer {
  /** Where it is. */
  readonly address: Address;
  /** The link a link-local address is on: `eth0` of `fe80::1%eth0`. */
  readonly zone?: string;
}

/** What a resolver is told. */
export interface ResolvConf {
  /** Asked in order. */
  readonly nameServers: readonly NameServer[];
  /** The domains a short name is tried in; `.` is the root. */
  readonly search: readonly string[];
  /** Such as `ndots:2`. */
  readonly options: readonly string[];
  /** Lines of another kind, such as `sortlist`, kept for who knows them. */
  readonly others: readonly string[];
}

/** The same, as read from a file. */
export interface ReadResolvConf extends ResolvConf {
  /** What stood where a name server's address should. */
  readonly unreadable: readonly string[];
}

/**
 * Reads a file. `domain` is an old name for a `search` of one; of both the last
 * line counts, while options add up.
 */
export function parseResolvConf(text: string): ReadResolvConf {
  const nameServers: NameServer[] = [];
  const unreadable: string[] = [];
  const options: string[] = [];
  const others: string[] = [];
  let search: string[] = [];
  const directives = new Map<string, (values: string[]) => void>([
    ["nameserver", ([server = ""]) => {
      const read = parseNameServer(server);
      if (read) nameServers.push(read);
      else unreadable.push(server);
    }],
    ["domain", (domains) => search = domains.slice(0, 1)],
    ["search", (domains) => search = domains],
    ["options", (more) => options.push(...more)],
  ]);
  for (const line of text.split("\n")) {
    const words = wordsOf(line);
    const [keyword, ...values] = words;
    if (keyword === undefined) continue;
    const directive = directives.get(keyword);
    if (!directive) others.push(line.replace(OUTER_BLANKS, ""));
    else if (values.length > 0) directive(values);
  }
  return { nameServers, search, options, others, unreadable };
}

/** The text {@linkcode parseResolvConf} reads. */
export function formatResolvConf(
  { nameServers, search, options, others }: ResolvConf,
): string {
  return [
    ...nameServers.map((server) => `nameserver ${formatNameServer(server)}`),
    ...(search.length > 0 ? [`search ${search.join(" ")}`] : []),
    ...(options.length > 0 ? [`options ${options.join(" ")}`] : []),
    ...others,
  ].map((line) => `${line}\n`).join("");
}

/** An address, with its zone if it has one. */
export function formatNameServer({ address, zone }: NameServer): string {
  const text = formatAddress(address);
  return zone === undefined ? text : `${text}%${zone}`;
}

const BLANKS = /[ \t\r\v\f]+/;
const OUTER_BLANKS = /^[ \t\r\v\f]+|[ \t\r\v\f]+$/g;

/** The words of a line before a comment. */
function wordsOf(line: string): string[] {
  const words = line.split(BLANKS).filter((word) => word !== "");
  const comment = words.findIndex((word) => /^[#;]/.test(word));
  return comment === -1 ? words : words.slice(0, comment);
}

function parseNameServer(text: string): NameServer | undefined {
  const percent = text.indexOf("%");
  const zone = percent === -1 ? undefined : text.slice(percent + 1);
  const address = tryParse(
    parseAddress,
    zone === undefined ? text : text.slice(0, percent),
  );
  if (!address || zone === undefined) return address && { address };
  return address.family === 6 && zone !== "" ? { address, zone } : undefined;
}
