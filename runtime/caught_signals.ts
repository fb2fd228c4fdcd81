/**
 * Signals that come to rkl while it attends to a process.
 *
 * @module
 */
import type { Fd } from "../sys/fd.ts";
import { signalPidfd } from "../sys/process.ts";

/** Signals a user or a supervisor sends to the process they see. */
const USUAL: Signals = [
  ["SIGHUP", 1],
  ["SIGINT", 2],
  ["SIGQUIT", 3],
  ["SIGUSR1", 10],
  ["SIGUSR2", 12],
  ["SIGTERM", 15],
  ["SIGCONT", 18],
];

/**
 * All others but those about rkl itself: its children, its pipes, its terminal,
 * its shell that stops it.
 */
const RARE: Signals = [
  ["SIGTRAP", 5],
  ["SIGABRT", 6],
  ["SIGBUS", 7],
  ["SIGALRM", 14],
  ["SIGSTKFLT", 16],
  ["SIGXCPU", 24],
  ["SIGXFSZ", 25],
  ["SIGVTALRM", 26],
  ["SIGPROF", 27],
  ["SIGIO", 29],
  ["SIGPWR", 30],
  ["SIGSYS", 31],
];

/** Those that end a program which does not say otherwise. */
const ENDING: ReadonlySet<Deno.Signal> = new Set(
  ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"] as const,
);

/** Ctrl-C for the third time: the user wants to have the terminal back. */
const IMPATIENT: ReadonlySet<Deno.Signal> = new Set(
  ["SIGINT", "SIGTERM"] as const,
);
const PATIENCE = 3;

/** The exit code of rkl then. */
export const OUT_OF_PATIENCE = 1;

type Signals = readonly (readonly [name: Deno.Signal, number: number])[];

/** What becomes of signals. */
export type SignalRule =
  /** All are passed on, as by runc; the terminal's SIGHUP is for rkl. */
  | { readonly pass: "all"; readonly terminal: boolean }
  /** All are passed on, but three of SIGINT or SIGTERM are enough. */
  | { readonly pass: "until it is too much" }
  /** None is; those that would end rkl say that it is to leave. */
  | { readonly pass: "none" };

/** Signals on their way from this process to another. */
export interface CaughtSignals extends Disposable {
  /** Resolves to the exit code of rkl when it is to leave the process alone. */
  readonly left: Promise<number>;
  /**
   * Passes signals on, those that came before there was a process first, until
   * what is returned is disposed of; then they are dropped. `told` hears of each
   * just before, and is waited for.
   */
  passTo(pidfd: Fd, told?: (signal: number) => Promise<void>): Disposable;
}

/** Catches signals, from before the process they are meant for is started. */
export function catchSignals(rule: SignalRule): CaughtSignals {
  const { promise: left, resolve: leave } = Promise.withResolvers<number>();
  const early: number[] = [];
  let pass = (number: number): void => void early.push(number);
  let impatience = 0;
  const hear = (name: Deno.Signal, number: number) => {
    if (isForRkl(rule, name)) return leave(128 + number);
    const counts = rule.pass === "until it is too much" && IMPATIENT.has(name);
    if (counts && ++impatience === PATIENCE) return leave(OUT_OF_PATIENCE);
    pass(number);
  };
  const listeners: { name: Deno.Signal; listener: () => void }[] = [];
  const listen = (signals: Signals) => {
    for (const [name, number] of signals) {
      if (rule.pass === "none" && !isForRkl(rule, name)) continue;
      const listener = () => hear(name, number);
      Deno.addSignalListener(name, listener);
      listeners.push({ name, listener });
    }
  };
  listen(USUAL);
  return {
    left,
    passTo(pidfd, told) {
      const drop = () => {};
      const send = (signal: number) => void signalPidfd(pidfd, signal);
      if (rule.pass === "none") return { [Symbol.dispose]: drop };
      listen(RARE);
      let last = Promise.resolve();
      pass = !told ? send : (signal) => {
        last = last.then(() => told(signal)).then(() => {
          if (pass !== drop) send(signal);
        });
      };
      early.splice(0).forEach(pass);
      return { [Symbol.dispose]: () => void (pass = drop) };
    },
    [Symbol.dispose]() {
      for (const { name, listener } of listeners) {
        Deno.removeSignalListener(name, listener);
      }
    },
  };
}

/** Whether a signal tells rkl itself to leave. */
function isForRkl(rule: SignalRule, name: Deno.Signal): boolean {
  if (rule.pass === "none") return ENDING.has(name);
  return rule.pass === "all" && rule.terminal && name === "SIGHUP";
}
