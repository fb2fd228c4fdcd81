/**
 * What the daemon does: duties, each of which makes one kind of thing as it is
 * to be by what is on disk. They own nothing that dies with the daemon.
 *
 * @module
 */
import type { Store } from "../runtime/store.ts";
import type { DutyStatus } from "./protocol.ts";
import { inRounds } from "./rounds.ts";

/** One of the daemon's duties. */
export interface Duty extends Disposable {
  /** How it is called in the log and the status. */
  readonly name: string;
  /**
   * Looks at what is on disk, and does what follows from it. Returns what it is
   * needed for from now on, in a few words; undefined if for nothing. Never
   * called while it is at it.
   */
  reconcile(): Promise<string | undefined>;
}

/** What a duty is given. */
export interface DutyContext {
  readonly store: Store;
  /** Writes a line to the daemon's log. */
  log(line: string): void;
  /** Says that something has changed, so that it is to reconcile soon. */
  changed(): void;
}

/** Starts a duty: from then on it hears of what it listens to. */
export type StartDuty = (context: DutyContext) => Duty;

/** A duty at work: one round of reconciling after another. */
export class DutyAtWork implements Disposable {
  readonly #duty: Duty;
  readonly #log: (line: string) => void;
  readonly #ended: () => void;
  /** Has it look at what is there now. */
  readonly round: () => Promise<void> = inRounds(() => this.#reconcile());
  #needed: string | undefined;
  #problem: string | undefined;

  /** Starts it; `ended` is called after each round. */
  constructor(
    start: StartDuty,
    { store, log, ended }: Pick<DutyContext, "store" | "log"> & {
      ended: () => void;
    },
  ) {
    this.#log = log;
    this.#ended = ended;
    this.#duty = start({
      store,
      log: (line) => this.#say(line),
      changed: () => void this.round(),
    });
  }

  /** A failure leaves what is needed as it was: nobody knows better. */
  async #reconcile(): Promise<void> {
    let problem: string | undefined;
    try {
      this.#needed = await this.#duty.reconcile();
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
    if (problem !== this.#problem) this.#say(problem ?? "all is well again");
    this.#problem = problem;
    this.#ended();
  }

  #say(line: string): void {
    this.#log(`${this.#duty.name}: ${line}`);
  }

  /** How it is after the last round. */
  get status(): DutyStatus {
    return {
      name: this.#duty.name,
      ...(this.#needed !== undefined && { needed: this.#needed }),
      ...(this.#problem !== undefined && { problem: this.#problem }),
    };
  }

  /** Ends it. */
  [Symbol.dispose](): void {
    this.#duty[Symbol.dispose]();
  }
}
