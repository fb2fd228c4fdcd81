/**
 * Which rkl this is, for a daemon that another one started.
 *
 * @module
 */

/** `deno task build` writes a digest of the program here. */
const STAMP = "@RKL-BUILD@";

/** Tells builds of rkl apart; from source they are all the same. */
export const BUILD: string = STAMP.startsWith("@") ? "source" : STAMP;
