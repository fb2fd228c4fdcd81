/**
 * What names may look like: host names, domains, and what stands for them in
 * /etc/hosts and /etc/resolv.conf.
 *
 * @module
 */

/** Text that cannot be what it was given for. */
export class InvalidNameError extends Error {
  /** Tells it from other errors. */
  override readonly name = "InvalidNameError";

  /** Says what is wrong and what would be right. */
  constructor(
    /** What was given. */
    readonly text: string,
    /** What it should have been, such as `host name`. */
    readonly wanted: string,
    /** What is wrong with it, and what is allowed. */
    readonly problem: string,
  ) {
    super(`${JSON.stringify(text)} is no ${wanted}: ${problem}`);
  }
}

/** How strict to be with a name. */
export interface NameRule {
  /** What it is, for the error. */
  readonly wanted: string;
  /** How many characters it may have. */
  readonly longest: number;
  /**
   * Whether "_" is allowed, as in DNS (RFC 2181, section 11), though not in
   * the name of a host.
   */
  readonly underscore: boolean;
}

/** The most characters a name has in DNS (RFC 1035, section 2.3.4). */
export const LONGEST_DOMAIN = 253;

const LONGEST_LABEL = 63;

/**
 * Holds a name against RFC 1123, section 2.1: parts of letters, digits and
 * hyphens, with dots between.
 *
 * @throws {InvalidNameError}
 */
export function checkName(name: string, rule: NameRule): void {
  const problem = findProblem(name, rule);
  if (problem === undefined) return;
  throw new InvalidNameError(name, rule.wanted, problem);
}

function findProblem(
  name: string,
  { longest, underscore }: NameRule,
): string | undefined {
  const allowed = underscore ? /[a-zA-Z0-9_.-]/ : /[a-zA-Z0-9.-]/;
  const odd = [...name].find((character) => !allowed.test(character));
  if (odd !== undefined) {
    const marks = underscore ? '"-", "_"' : '"-"';
    return `${JSON.stringify(odd)} is not allowed, but letters, digits, ` +
      `${marks} and "." are`;
  }
  if (name === "") return "it is empty";
  if (name.length > longest) {
    return `it has ${name.length} characters, at most ${longest} are allowed`;
  }
  if (/^\d+(\.\d+){3}$/.test(name)) return "it reads as an address";
  for (const label of name.split(".")) {
    if (label === "") return "something has to stand before and after a dot";
    if (label.length > LONGEST_LABEL) {
      return `a part of it has ${label.length} characters, at most ` +
        `${LONGEST_LABEL} are allowed`;
    }
    if (/^-|-$/.test(label)) {
      return `its part "${label}" may not begin or end with "-"`;
    }
  }
  return undefined;
}
