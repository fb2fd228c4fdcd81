/**
 * The user and a container that runs in front of them: its output here, their
 * keys and signals there. The output comes from the log, which the monitor
 * writes whether anybody watches or not; so any number of users may attach.
 *
 * @module
 */
import type { Fd } from "../sys/fd.ts";
import { openProcess, type ProcessId, waitForEnd } from "../sys/process.ts";
import { Stop } from "../sys/stop.ts";
import type { CaughtSignals } from "../runtime/caught_signals.ts";
import {
  DEFAULT_DETACH_KEYS,
  type DetachKeys,
} from "../runtime/detach_keys.ts";
import { firstOf, type Outcome } from "../runtime/foreground.ts";
import { pumpInput } from "../runtime/input.ts";
import { writeOut } from "../runtime/output.ts";
import { tie } from "../runtime/relay.ts";
import { takeMaster } from "./monitor/descriptors.ts";
import type { LogRecord } from "./log/record.ts";
import { exitCodeOf } from "./monitor/records.ts";
import { readExitFrom } from "./store.ts";
import { type StreamName, STREAMS } from "./streams.ts";

/** How somebody attaches to a container. */
export interface AttachOptions {
  /** Which streams are the user's; stdin only if the container has one. */
  streams?: readonly StreamName[];
  /** By default Ctrl-P Ctrl-Q. They are for terminals. */
  detachKeys?: DetachKeys;
  /** Pass signals on, unless it has a terminal, whose keys do that. */
  sigProxy?: boolean;
  /** Told that the user has detached. */
  detached?: () => void;
}

/** A container that is attended to, and what that takes. */
export interface Attended {
  readonly init: ProcessId;
  readonly monitor: ProcessId | undefined;
  /** What the monitor writes at the end; it may be removed meanwhile. */
  readonly record: Fd;
  /** Its records, from where they are shown on, until it has ended or `stop`. */
  output(stop: Stop): AsyncGenerator<LogRecord[]>;
  /** The writing end of its stdin, where that is the user's and no terminal. */
  readonly stdin: Fd | undefined;
  /** Its network namespace, where somebody has to undo things in there. */
  readonly netns: Fd | undefined;
}

/** What is known of a container before it is attended to. */
export interface Scene {
  /** Whether it has a terminal, and that may be typed into. */
  readonly terminal: { readonly input: boolean } | undefined;
  /** It has been running, and drew its screen before. */
  readonly redraw?: boolean;
  readonly signals: CaughtSignals;
}

/**
 * Stays with a container until it ends or the user leaves. One who attaches to
 * its stdin alone stays until that ends.
 *
 * @throws {SyscallError} EPIPE when nobody reads the output any more; the
 * container goes on
 */
export async function attend(
  attended: Attended,
  { terminal, signals, redraw = false }: Scene,
  { streams = STREAMS, detachKeys = DEFAULT_DETACH_KEYS }: AttachOptions,
): Promise<Outcome> {
  const { init, monitor, stdin } = attended;
  using initFd = openProcess(init);
  // What comes while the end is seen to is for nobody.
  using _passing = initFd && signals.passTo(initFd);
  using master = terminal && monitor && await takeMaster(monitor);
  using tied = master && tie(master, {
    input: terminal.input,
    detachKeys,
    redraw,
  });
  const { promise: inputEnded, resolve: endInput } = Promise.withResolvers<
    void
  >();
  const input = stdin && pumpInput(stdin, {
    ended() {
      stdin[Symbol.dispose]();
      endInput();
    },
  });
  const stop = new Stop();
  const shown = streams.some((name) => name !== "stdin");
  const ended = showOutput(attended, streams, stop)
    .then((): Outcome => ({
      kind: "ended",
      code: exitCodeOf(readExitFrom(attended.record)),
    }));
  try {
    return await firstOf(
      shown ? ended : Promise.race([
        ended,
        inputEnded.then((): Outcome => ({ kind: "left", code: 0 })),
      ]),
      signals,
      tied?.detached,
    );
  } finally {
    stop.call();
    input?.cancel();
  }
}

/** Copies the log to stdout and stderr as it grows, until the monitor ends. */
async function showOutput(
  { output, monitor }: Attended,
  streams: readonly StreamName[],
  stop: Stop,
): Promise<void> {
  for await (const records of output(stop)) {
    for (const { stream, bytes } of records) {
      if (!streams.includes(stream)) continue;
      await writeOut(stream === "stdout" ? 1 : 2, bytes);
    }
  }
  if (monitor) await waitForEnd(monitor);
}
