/**
 * The daemon's duty to remove containers that are to be removed when they have
 * ended. Whoever finds one does so; the daemon is not needed for that, but
 * looks while it is there.
 *
 * @module
 */
import type { Duty, DutyContext, StartDuty } from "../daemon/duty.ts";
import { discardOne } from "./discard.ts";
import { findById, isOver } from "./find.ts";
import type { Counter } from "./live.ts";

/** Milliseconds between two looks: each asks the kernel about all of them. */
const PAUSE = 5_000;

/** The duty towards the containers that are counted. */
export function passingDuty(counter: Counter): StartDuty {
  return (context) => new PassingDuty(context, counter);
}

class PassingDuty implements Duty {
  readonly name = "passing";
  readonly #context: DutyContext;
  readonly #counter: Counter;
  #looked = -Infinity;

  constructor(context: DutyContext, counter: Counter) {
    this.#context = context;
    this.#counter = counter;
  }

  async reconcile(): Promise<undefined> {
    const now = performance.now();
    if (now - this.#looked < PAUSE) return;
    this.#looked = now;
    const { store, log: warn } = this.#context;
    const { passing } = await this.#counter.count();
    for (const id of passing) {
      const found = await findById(store, id);
      if (!found || !isOver(found)) continue;
      await discardOne(store, found.container, {
        warn,
        only: ["stopped"],
        insist: false,
      });
    }
  }

  [Symbol.dispose](): void {}
}
