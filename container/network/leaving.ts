/**
 * Taking containers that have ended off networks of CNI, for who looks after
 * many: plugins take their time, for which nobody else is to wait.
 *
 * @module
 */
import type { DutyContext } from "../../daemon/duty.ts";
import type { Fd } from "../../sys/fd.ts";
import { sleep } from "../../sys/timer.ts";
import type { ContainerId } from "../id.ts";
import { isOnCni } from "../store.ts";
import { withdrawEnded } from "./ending.ts";

/**
 * Has a duty look again at a container that somebody holds: they may only have
 * started it, and have no eye for its end.
 */
export async function lookLater({ changed }: DutyContext): Promise<void> {
  const LATER = 300; // ms
  await sleep(LATER);
  changed();
}

/** Containers that are being taken off. */
export class Leaving {
  readonly #context: DutyContext;
  readonly #underWay = new Set<ContainerId>();
  /** Those that plugins have failed to take off. */
  readonly #stuck = new Set<ContainerId>();

  /** Each that is done with is a change. */
  constructor(context: DutyContext) {
    this.#context = context;
  }

  /** Whether one is being taken off that may be done with. */
  get isAtWork(): boolean {
    return this.#underWay.difference(this.#stuck).size > 0;
  }

  /** Forgets what has failed, but for those that have ended and are on them. */
  keepOnly(ids: Iterable<ContainerId>): void {
    const kept = new Set(ids);
    for (const id of this.#stuck) if (!kept.has(id)) this.#stuck.delete(id);
  }

  /**
   * Begins to take one off, if it has ended. Its lock is taken at once, so that
   * nobody starts it meanwhile.
   */
  begin(id: ContainerId, netns: Fd | undefined): void {
    if (this.#underWay.has(id)) return;
    this.#underWay.add(id);
    this.#leave(id, netns);
  }

  async #leave(id: ContainerId, netns: Fd | undefined): Promise<void> {
    const { store, log: warn, changed } = this.#context;
    const wasStuck = this.#stuck.has(id);
    let isFree = true;
    try {
      isFree = await withdrawEnded(store, id, { netns, warn });
    } catch (error) {
      if (!wasStuck) warn(String(error));
    }
    this.#underWay.delete(id);
    if (!isFree) return await lookLater(this.#context);
    const isOver = !isOnCni(store, id);
    if (isOver) this.#stuck.delete(id);
    else this.#stuck.add(id);
    if (isOver || !wasStuck) changed();
  }
}
