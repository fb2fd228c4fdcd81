/**
 * What this process may do itself.
 *
 * @module
 */

/** The capabilities this process may pass on, from /proc/self/status. */
export function ownCapabilities(): bigint {
  const status = Deno.readTextFileSync("/proc/self/status");
  const mask = (name: string) =>
    BigInt(
      `0x${status.match(new RegExp(`^${name}:\\s*(\\w+)$`, "m"))?.[1] ?? 0}`,
    );
  return mask("CapPrm") & mask("CapBnd");
}
