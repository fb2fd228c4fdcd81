/**
 * Names of network interfaces.
 *
 * @module
 */

/** What a name may be, to end a sentence with. */
export const LINK_NAME_RULE =
  '1 to 15 bytes without blanks, "/", ":" and "%", but not "." and ".."';

/** Text that cannot name a link. */
export class InvalidLinkNameError extends Error {
  /** Tells it from other errors. */
  override readonly name = "InvalidLinkNameError";

  /** Says what would be right. */
  constructor(
    /** What was given. */
    readonly text: string,
  ) {
    super(
      `${JSON.stringify(text)} is no interface name: allowed are ` +
        LINK_NAME_RULE,
    );
  }
}

/**
 * Whether a text may name a link, as dev_valid_name() of the kernel has it; `%`
 * too is refused, since the kernel fills `veth%d` in.
 */
export function isLinkName(name: string): boolean {
  const size = new TextEncoder().encode(name).length;
  return size >= 1 && size <= 15 && !/[\s/:%\0]|^\.\.?$/.test(name);
}

/**
 * Checks a name as {@linkcode isLinkName} does.
 *
 * @throws {InvalidLinkNameError}
 */
export function checkLinkName(name: string): string {
  if (!isLinkName(name)) throw new InvalidLinkNameError(name);
  return name;
}
