/**
 * The streams of a container.
 *
 * @module
 */

/** One of them. */
export type StreamName = "stdin" | "stdout" | "stderr";

/** All of them, in the order of their descriptors. */
export const STREAMS: readonly StreamName[] = ["stdin", "stdout", "stderr"];
