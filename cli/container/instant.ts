/**
 * Moments in time as users write them, to the millisecond.
 *
 * @module
 */
import { moment } from "./moment.ts";

/**
 * The {@linkcode moment} that `text` names.
 *
 * @throws {Error} when it names none.
 */
export function instant(text: string, now: Date = new Date()): Date {
  return new Date(Number(moment(text, now.getTime()) / 1_000_000n));
}
