/**
 * Numbers of comparisons that JSON.parse rounds: it makes doubles, which hold
 * 53 bits. A filter for the number beside it would be worse than none.
 *
 * @module
 */
import { type JsonPlace, placeOf } from "../../sys/json.ts";

const COMPARED = /"value(?:Two)?"\s*:\s*(\d{16,})/g;
const GREATEST = 0xffff_ffff_ffff_ffffn;

/** The first such number in a text that is JSON, where it stands, and why. */
export function findRounded(
  source: string,
): JsonPlace & { message: string } | undefined {
  for (const match of source.matchAll(COMPARED)) {
    const [all, text] = match as unknown as [string, string];
    const exact = BigInt(text);
    const double = BigInt(Number(text));
    // The greatest of all becomes 2^64, which is read as it.
    if (exact === double || exact === GREATEST) continue;
    const message = `a comparison with ${text} would be one with ${double}, ` +
      "since only 53 bits of a number count here";
    return {
      ...placeOf(source, match.index + all.length - text.length),
      message,
    };
  }
  return undefined;
}
