/**
 * Flags of the verbs that attach the user to a container.
 *
 * @module
 */
import { type StreamName, STREAMS } from "../../container/streams.ts";
import { parseDetachKeys } from "../../runtime/detach_keys.ts";
import type { FlagTable } from "../flags.ts";
import { write } from "../output.ts";
import type { Parser } from "../values.ts";

/** How to leave a terminal. */
export const DETACH_KEYS = {
  detachKeys: {
    type: parseDetachKeys,
    value: "KEYS",
    help: "Keys that leave a terminal, such as ctrl-p,ctrl-q",
  },
} as const satisfies FlagTable;

/** What becomes of signals. */
export const SIG_PROXY = {
  sigProxy: {
    type: Boolean,
    help: "Pass signals on where it has no terminal; the default",
  },
} as const satisfies FlagTable;

/** Which streams are the user's. */
export const ATTACH = {
  attach: {
    type: [streamName()],
    alias: "a",
    value: "STREAM",
    help: "Attach to stdin, stdout or stderr alone",
  },
} as const satisfies FlagTable;

function streamName(): Parser<StreamName> {
  const parse = (text: string) => {
    const name = STREAMS.find((name) => name === text.toLowerCase());
    if (name !== undefined) return name;
    throw new Error("must be stdin, stdout or stderr");
  };
  return Object.assign(parse, { choices: STREAMS });
}

/** Says, in docker's words, why the prompt is back. */
export function tellDetached(): void {
  write(new TextEncoder().encode("\nread escape sequence\n"), "stderr");
}
