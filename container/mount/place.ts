/**
 * Where mounts are in a container.
 *
 * @module
 */

/** The destination of a mount, the same for all spellings. */
export function placeOf(
  { destination }: { readonly destination: string },
): string {
  const parts = destination.split("/")
    .filter((part) => part !== "" && part !== ".");
  return `/${parts.join("/")}`;
}
