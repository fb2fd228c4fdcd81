/**
 * What listeners have answers from.
 *
 * @module
 */
import type { Address } from "../address.ts";

/**
 * Answers a message; undefined if it is not to be answered. The message may be
 * overwritten once this returns. Neither it nor the promise fails.
 */
export type Serve = (
  message: Uint8Array,
  asker: Address,
) => Uint8Array | undefined | Promise<Uint8Array | undefined>;
