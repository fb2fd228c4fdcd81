/**
 * What is executed in containers, in the journal, as docker tells of it.
 *
 * @module
 */
import type { Store } from "../../runtime/store.ts";
import { randomId } from "../id.ts";
import { note, ofContainer } from "./journal.ts";
import type { Container } from "../store.ts";

/** Characters of a command that are noted: one may be longer than a record. */
const MOST_TOLD = 2048;

/** A command whose beginning is noted. */
export interface NotedExec {
  /** Notes its end. */
  ended(code: number): void;
}

/** Notes that a command is about to be executed in a container. */
export function noteExec(
  store: Store,
  container: Container,
  args: readonly string[],
  warn?: (message: string) => void,
): NotedExec {
  const execID: string = randomId();
  const command = args.join(" ").slice(0, MOST_TOLD);
  const happening = (action: string, more = {}) =>
    ofContainer(container, action, { execID, ...more });
  const begun = [`exec_create: ${command}`, `exec_start: ${command}`];
  note(store, begun.map((action) => happening(action)), warn);
  return {
    ended(code) {
      note(store, happening("exec_die", { exitCode: `${code}` }), warn);
    },
  };
}
