/**
 * Network namespaces of living containers on networks of CNI, held by who looks
 * after them: plugins find what they have to undo by what is in there, and it
 * would be gone with the container.
 *
 * @module
 */
import type { Store } from "../runtime/store.ts";
import type { Fd } from "../sys/fd.ts";
import { isSameProcess, type ProcessId } from "../sys/process.ts";
import type { LiveContainer } from "./live.ts";
import { holdNetns } from "./ending.ts";

/** Namespaces by the names of their containers. */
export class HeldNetns implements Disposable {
  readonly #held = new Map<string, { init: ProcessId; netns: Fd }>();

  /** Holds those of living containers, and lets go of their former lives'. */
  hold(store: Store, live: readonly LiveContainer[]): void {
    for (const { container: { name }, init } of live) {
      const known = this.#held.get(name)?.init;
      if (known && isSameProcess(known, init)) continue;
      this.take(name)?.[Symbol.dispose]();
      const netns = holdNetns(store, name);
      if (netns) this.#held.set(name, { init, netns });
    }
  }

  /** Hands over the one of a container, if it is held. */
  take(name: string): Fd | undefined {
    const netns = this.#held.get(name)?.netns;
    this.#held.delete(name);
    return netns;
  }

  /** Lets go of all. */
  [Symbol.dispose](): void {
    for (const { netns } of this.#held.values()) netns[Symbol.dispose]();
    this.#held.clear();
  }
}
