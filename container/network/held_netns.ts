/**
 * Network namespaces of living containers on networks of CNI, held by who looks
 * after them: plugins find what they have to undo by what is in there, and it
 * would be gone with the container.
 *
 * @module
 */
import type { Store } from "../../runtime/store.ts";
import type { Fd } from "../../sys/fd.ts";
import { isSameProcess, type ProcessId } from "../../sys/process.ts";
import type { LiveContainer } from "../live.ts";
import { holdNetns } from "./ending.ts";

/** Namespaces by the ids of their containers. */
export class HeldNetns implements Disposable {
  readonly #held = new Map<string, { init: ProcessId; netns: Fd }>();

  /** Holds those of living containers, and lets go of their former lives'. */
  hold(store: Store, live: readonly LiveContainer[]): void {
    for (const { container: { id }, init } of live) {
      const known = this.#held.get(id)?.init;
      if (known && isSameProcess(known, init)) continue;
      this.#letGo(id);
      const netns = holdNetns(store, id);
      if (netns) this.#held.set(id, { init, netns });
    }
  }

  /** Lets go of those of all other containers. */
  keepOnly(ids: Iterable<string>): void {
    const kept = new Set(ids);
    for (const id of this.#held.keys()) {
      if (!kept.has(id)) this.#letGo(id);
    }
  }

  /** The one of a container, if it is held. */
  get(id: string): Fd | undefined {
    return this.#held.get(id)?.netns;
  }

  #letGo(id: string): void {
    this.get(id)?.[Symbol.dispose]();
    this.#held.delete(id);
  }

  /** Lets go of all. */
  [Symbol.dispose](): void {
    for (const { netns } of this.#held.values()) netns[Symbol.dispose]();
    this.#held.clear();
  }
}
