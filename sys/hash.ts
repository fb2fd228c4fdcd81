/**
 * Short names for long texts.
 *
 * @module
 */

/** FNV-1a, 32 bits, as 8 hexadecimal digits: a name for a text, not a secret. */
export function fnv1a(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash.toString(16).padStart(8, "0");
}
