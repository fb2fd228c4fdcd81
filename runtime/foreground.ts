/**
 * Waiting for a process in the foreground: signals go to it, its exit code
 * comes back, and its terminal is the user's.
 *
 * @module
 */
import { waitFor } from "../sys/epoll.ts";
import type { Fd } from "../sys/fd.ts";
import { reap, signalPidfd } from "../sys/process.ts";
import { receiveDescriptor, socketPair } from "../sys/socket.ts";
import { windowSize } from "../sys/terminal.ts";
import { copyOutput, tieInput } from "./relay.ts";

/** Signals a user or a supervisor sends to the process they see. */
const FORWARDED: ReadonlyMap<Deno.Signal, number> = new Map([
  ["SIGHUP", 1],
  ["SIGINT", 2],
  ["SIGQUIT", 3],
  ["SIGUSR1", 10],
  ["SIGUSR2", 12],
  ["SIGTERM", 15],
  ["SIGCONT", 18],
]);

/** Signals on their way from this process to another. */
export interface CaughtSignals extends Disposable {
  /**
   * Passes them on, those that came before there was a process first. `told`
   * hears of each just before.
   */
  passTo(pidfd: Fd, told?: (signal: number) => void): void;
}

/**
 * Catches signals, from before the process they are meant for is started. With
 * a terminal, not SIGHUP: without it there is nothing left to attend to, and
 * rkl ends.
 */
export function catchSignals(terminal: boolean): CaughtSignals {
  const early: number[] = [];
  let pass = (signal: number) => void early.push(signal);
  const caught = [...FORWARDED].filter(([name]) =>
    name !== "SIGHUP" || !terminal
  );
  const listeners = caught.map(([name, number]) => {
    const listener = () => pass(number);
    Deno.addSignalListener(name, listener);
    return { name, listener };
  });
  return {
    passTo(pidfd, told = () => {}) {
      pass = (signal) => {
        told(signal);
        signalPidfd(pidfd, signal);
      };
      early.splice(0).forEach(pass);
    },
    [Symbol.dispose]() {
      for (const { name, listener } of listeners) {
        Deno.removeSignalListener(name, listener);
      }
    },
  };
}

/** A terminal of rkl's own for a process, once the process has opened it. */
export interface OwnTerminal extends Disposable {
  /** The end that the process sends its terminal over. */
  readonly socket: Fd;
  /** Ties it to the user's terminal until `ended`, then shows the rest. */
  serve(ended: Promise<unknown>): Promise<void>;
}

/** Prepares to receive the terminal of a process that runs here. */
export function ownTerminal(): OwnTerminal {
  const [ours, theirs] = socketPair();
  return {
    socket: theirs,
    async serve(ended) {
      theirs[Symbol.dispose]();
      using master = receiveDescriptor(ours, "terminal");
      if (!master) return;
      using _tie = tieInput(master, { detachKeys: false });
      const shown = copyOutput(master);
      await ended;
      await shown;
    },
    [Symbol.dispose]() {
      ours[Symbol.dispose]();
      theirs[Symbol.dispose]();
    },
  };
}

/** The size of the user's window, for a terminal that is about to be made. */
export function userWindow() {
  return windowSize(1) ?? windowSize(0);
}

/**
 * Waits for a child of this process, passing `signals` on. Returns its exit
 * code, 128 + n after signal n.
 */
export async function attend(
  pidfd: Fd,
  terminal: OwnTerminal | undefined,
  signals: CaughtSignals,
): Promise<number> {
  signals.passTo(pidfd);
  const ended = waitFor(pidfd.number).events;
  if (terminal) await terminal.serve(ended);
  await ended;
  return reap(pidfd, { wait: true })!;
}
