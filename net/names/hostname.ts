/**
 * A container's host name, its domain, and /etc/hostname.
 *
 * @module
 */
import { checkName, InvalidNameError } from "./name.ts";

/** What the kernel stores of either: __NEW_UTS_LEN of linux/utsname.h. */
const LONGEST = 64;

/**
 * Reads a host name as RFC 1123, section 2.1 has it, with or without a domain,
 * of no more than the 64 bytes sethostname(2) takes.
 *
 * @throws {InvalidNameError}
 */
export function parseHostname(text: string): string {
  checkName(text, { wanted: "host name", longest: LONGEST, underscore: false });
  return text;
}

/**
 * Reads the domain of a host, for which setdomainname(2) has the same limit.
 *
 * @throws {InvalidNameError}
 */
export function parseDomainname(text: string): string {
  checkName(text, {
    wanted: "domain name",
    longest: LONGEST,
    underscore: false,
  });
  return text;
}

/**
 * The text of /etc/hostname: one line (hostname(5)).
 *
 * Names come from images too, which may have an underscore; only what could
 * not be read back is refused.
 *
 * @throws {InvalidNameError}
 */
export function formatHostname(hostname: string): string {
  checkOneWord(hostname, "host name");
  return `${hostname}\n`;
}

/**
 * All names of a host, the full one first, as hosts(5) wants the canonical
 * name. A host name may bring its domain along.
 *
 * @throws {InvalidNameError}
 */
export function namesOf(hostname: string, domainname?: string): string[] {
  checkOneWord(hostname, "host name");
  if (domainname !== undefined) checkOneWord(domainname, "domain name");
  const full = domainname === undefined
    ? hostname
    : `${hostname}.${domainname}`;
  const short = hostname.split(".")[0] || hostname; // of ".x" nothing is left
  return [...new Set([full, hostname, short])];
}

function checkOneWord(text: string, wanted: string): void {
  const fail = (problem: string): never => {
    throw new InvalidNameError(text, wanted, problem);
  };
  if (text === "") fail("it is empty");
  // deno-lint-ignore no-control-regex
  if (/[\s#\x00-\x1f\x7f]/.test(text)) {
    fail('blanks, control characters and "#" would end it in a file');
  }
  const { length } = new TextEncoder().encode(text);
  if (length > LONGEST) {
    fail(`it has ${length} bytes, the kernel stores ${LONGEST}`);
  }
}
