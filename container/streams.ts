/**
 * The streams of a container.
 *
 * @module
 */

/** One of them. */
export type StreamName = "stdin" | "stdout" | "stderr";

/** All of them, in the order of their descriptors. */
export const STREAMS: readonly StreamName[] = ["stdin", "stdout", "stderr"];

/** Whether the user's stdin is the container's, too. */
export function passesStdin(
  { stdin }: { readonly stdin: boolean },
  { streams = STREAMS }: { readonly streams?: readonly StreamName[] },
): boolean {
  return stdin && streams.includes("stdin");
}
