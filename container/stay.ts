/**
 * Staying with a container until it has ended, and seeing to what it leaves.
 *
 * @module
 */
import {
  catchSignals,
  type CaughtSignals,
  OUT_OF_PATIENCE,
} from "../runtime/caught_signals.ts";
import type { Store } from "../runtime/store.ts";
import { type AttachOptions, attend, type Attended } from "./attach.ts";
import { discardOne } from "./discard.ts";
import { withdrawEnded } from "./network/ending.ts";
import { mayRestart } from "./kept.ts";
import { warnOfLostOutput } from "./lost_output.ts";
import { wantStopped } from "./restart/state.ts";
import type { Container } from "./store.ts";
import { passesStdin } from "./streams.ts";

/** How somebody stays with a container. */
export interface StayOptions extends AttachOptions {
  /** Told what was asked for and could not be given. */
  warn?: (message: string) => void;
}

/** What whoever stays knows of it. */
export interface Stay {
  readonly signals: CaughtSignals;
  /** It has been running, and drew its screen before. */
  readonly redraw?: boolean;
  /** It is there for this user alone, and goes when its output is not read. */
  readonly owned?: boolean;
}

/**
 * Catches the signals for a container from before it is started: one that comes
 * as soon as its program runs is the program's.
 */
export function catchSignalsFor(
  { config }: Container,
  { sigProxy = true }: AttachOptions,
): CaughtSignals {
  const pass = sigProxy && !config.process.terminal;
  return catchSignals({ pass: pass ? "until it is too much" : "none" });
}

/**
 * Attends to a container. Returns its exit code, 128 + n after signal n; or
 * rkl's own when the user leaves it running, 0 after the keys to detach.
 *
 * @throws {SyscallError} EPIPE when nobody reads the output any more
 */
export async function stayWith(
  store: Store,
  container: Container,
  attended: Attended,
  { signals, redraw = false, owned = false }: Stay,
  options: StayOptions,
): Promise<number> {
  const { id, name, config, autoRemove } = container;
  const { warn } = options;
  let [over, ended] = [owned, false];
  try {
    const input = passesStdin(container, options);
    const outcome = await attend(attended, {
      terminal: config.process.terminal ? { input } : undefined,
      signals: stopping(store, container, signals),
      redraw,
    }, options);
    over = ended = outcome.kind === "ended";
    warnOfLostOutput(attended.record, warn);
    if (outcome.kind === "left" && outcome.code === OUT_OF_PATIENCE) {
      warn?.(`container "${name}" did not end for three signals, and goes on`);
    }
    if (outcome.kind !== "detached") return outcome.code;
    options.detached?.();
    return 0;
  } finally {
    if (over) {
      const { netns } = attended;
      await withdrawEnded(store, id, { netns, warn, insist: true });
      // Where it has ended, somebody may have restarted it.
      const only = ended ? ["stopped" as const] : undefined;
      if (autoRemove) await discardOne(store, container, { warn, only });
    }
  }
}

/** Signals that end most programs, from linux/signal.h. */
const ENDING: readonly number[] = [2, 3, 15]; // SIGINT, SIGQUIT, SIGTERM

/** Signals of which some are a stop: one that is restarted stays ended. */
function stopping(
  store: Store,
  container: Container,
  signals: CaughtSignals,
): CaughtSignals {
  if (!mayRestart(container)) return signals;
  const stops = [...ENDING, container.stopSignal];
  return {
    left: signals.left,
    passTo: (pidfd) =>
      signals.passTo(pidfd, async (signal) => {
        if (stops.includes(signal)) await wantStopped(store, container);
      }),
    [Symbol.dispose]: () => signals[Symbol.dispose](),
  };
}
