/**
 * Flags that several OCI verbs share, spelled as runc spells them.
 *
 * @module
 */
import type { FlagTable } from "./flags.ts";
import { integer, text } from "./values.ts";

/** Where a process's terminal and descriptors come from and its pid goes to. */
export const PROCESS_FLAGS = {
  pidFile: {
    type: text,
    value: "FILE",
    help: "Write the pid, as the host sees it, to FILE",
  },
  consoleSocket: {
    type: text,
    value: "SOCKET",
    help: "Send the terminal's descriptor to this AF_UNIX socket",
  },
  preserveFds: {
    type: integer(0, 1 << 20),
    value: "N",
    help: "Pass N more descriptors on, those after stderr: 3 to 3+N-1",
  },
} as const satisfies FlagTable;

/** What `create` and `run` take. */
export const CREATE_FLAGS = {
  bundle: {
    type: text,
    alias: "b",
    value: "DIR",
    help: "Directory of config.json; the current one by default",
  },
  ...PROCESS_FLAGS,
  noPivot: {
    type: Boolean,
    help: "Enter the root by MS_MOVE where pivot_root cannot, as on a ramdisk",
  },
  dryRun: {
    type: Boolean,
    help: "Print the plan, one line a step, and do nothing",
  },
} as const satisfies FlagTable;
