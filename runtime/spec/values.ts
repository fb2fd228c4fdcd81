/**
 * The kinds of value config.json is made of.
 *
 * @module
 */
import { integer, list, record, textThat } from "../../sys/schema.ts";

/** Every string goes to the kernel sooner or later, where NUL ends it. */
const noNul = (text: string) => !text.includes("\0");

/** A string. */
export const text = textThat("a string", noNul);

/** A string that is not empty. */
export const name = textThat(
  "a string that is not empty",
  (text) => text !== "" && noNul(text),
);

/** A path that starts with `/`. */
export const absolutePath = textThat(
  "an absolute path",
  (path) => path.startsWith("/") && noNul(path),
);

/** A whole number of 32 bits. */
export const uint32 = integer(0, 0xffff_ffff);

/** A whole number of 64 bits; above 2^53 as near as a double comes. */
export const uint64 = integer(0, 2 ** 64, "a whole number, 0 or more");

/** A whole number of 64 bits with a sign, where -1 often means unlimited. */
export const int64 = integer(-(2 ** 63), 2 ** 63, "a whole number");

/** A list of strings. */
export const texts = list(text, "strings");

/** An object of strings by name. */
export const textMap = record(text, "strings");
