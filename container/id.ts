/**
 * Ids of containers: 64 hexadecimal digits, for life, where a name may change
 * hands.
 *
 * @module
 */
declare const brand: unique symbol;

/** A container's id; a name, or the beginning of an id, is none. */
export type ContainerId = string & { readonly [brand]: true };

/** Digits of an id that people are shown. */
const SHORT = 12;

/** An id for a new container. */
export function randomId(): ContainerId {
  return crypto.getRandomValues(new Uint8Array(32)).toHex() as ContainerId;
}

/** The part of an id that people are shown. */
export function shortId(id: string): string {
  return id.slice(0, SHORT);
}
