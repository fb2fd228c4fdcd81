/**
 * Waiting for a process in the foreground: signals go to it, its exit code
 * comes back, and its terminal is the user's.
 *
 * @module
 */
import { waitFor } from "../sys/epoll.ts";
import type { Fd } from "../sys/fd.ts";
import { reap } from "../sys/process.ts";
import { receiveDescriptor, socketPair } from "../sys/socket.ts";
import type { CaughtSignals } from "./caught_signals.ts";
import { copyOutput, tie, type TieOptions } from "./relay.ts";

/** How a process that was attended to was left. */
export type Outcome =
  /** With its exit code: 128 + n after signal n. */
  | { kind: "ended"; code: number }
  /** The user typed the keys to detach, or the terminal hung up. */
  | { kind: "detached" }
  /** A signal told rkl to leave; with rkl's own exit code. */
  | { kind: "left"; code: number };

/** As after SIGHUP. */
const HUNG_UP = { kind: "left", code: 129 } as const;

/** A terminal of rkl's own for a process. */
export interface OwnTerminal extends Disposable {
  /** The end that the process sends its terminal over. */
  readonly socket: Fd;
  /** The terminal's master, once the process has opened it. */
  receive(): Fd | undefined;
}

/** Prepares to receive the terminal of a process that runs here. */
export function ownTerminal(): OwnTerminal {
  const stack = new DisposableStack();
  const [ours, theirs] = socketPair();
  stack.use(ours);
  stack.use(theirs);
  return {
    socket: theirs,
    receive() {
      theirs[Symbol.dispose]();
      const master = receiveDescriptor(ours, "terminal");
      return master && stack.use(master);
    },
    [Symbol.dispose]: () => stack.dispose(),
  };
}

/**
 * Stays with a child of this process, passing `signals` on, until it has ended
 * and its terminal has shown all, or the user leaves.
 */
export async function attend(
  pidfd: Fd,
  signals: CaughtSignals,
  terminal?: { master: Fd | undefined; tie: TieOptions },
): Promise<Outcome> {
  using _passing = signals.passTo(pidfd);
  const master = terminal?.master;
  using tied = master && tie(master, terminal.tie);
  const ended = Promise.all([
    waitFor(pidfd.number).events,
    master && copyOutput(master),
  ]).then((): Outcome => ({
    kind: "ended",
    code: reap(pidfd, { wait: true })!,
  }));
  return await firstOf(ended, signals, tied?.detached);
}

/** As {@linkcode attend}, where no keys detach. A terminal may still hang up. */
export async function attendAlone(
  pidfd: Fd,
  signals: CaughtSignals,
  terminal?: OwnTerminal,
): Promise<Exclude<Outcome, { kind: "detached" }>> {
  const outcome = await attend(
    pidfd,
    signals,
    terminal && {
      master: terminal.receive(),
      tie: { input: true, detachKeys: [] },
    },
  );
  return outcome.kind === "detached" ? HUNG_UP : outcome;
}

/** Whatever comes first of the end of what is attended to and ways to leave. */
export function firstOf(
  ended: Promise<Outcome>,
  signals: CaughtSignals,
  detached?: Promise<void>,
): Promise<Outcome> {
  return Promise.race([
    ended,
    signals.left.then((code): Outcome => ({ kind: "left", code })),
    ...(detached ? [detached.then((): Outcome => ({ kind: "detached" }))] : []),
  ]);
}
