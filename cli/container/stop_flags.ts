/**
 * How a container is asked to end.
 *
 * @module
 */
import type { FlagTable } from "../flags.ts";
import { signal } from "../signal_flag.ts";
import { seconds } from "../values.ts";

/** The flags of `rkl container stop` and `restart`. */
export const STOP_FLAGS = {
  time: {
    type: seconds,
    alias: "t",
    value: "SECONDS",
    help: "How long to wait before SIGKILL; the container's own by default, 10",
  },
  signal: {
    type: signal,
    alias: "s",
    value: "SIGNAL",
    help: "Name or number; the container's own by default",
  },
} as const satisfies FlagTable;
