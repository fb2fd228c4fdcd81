/**
 * Which containers on networks live, for whoever looks after them: asked of the
 * disk and the kernel each time, and told when one ends.
 *
 * @module
 */
import { waitFor } from "../sys/epoll.ts";
import { listEntries } from "../sys/entry.ts";
import { isAlive, openPid, type ProcessId } from "../sys/process.ts";
import { trySettle } from "../runtime/status.ts";
import type { Store } from "../runtime/store.ts";
import type { Attachment } from "./attachment.ts";
import {
  type Container,
  containersDirectory,
  tryReadContainer,
} from "./store.ts";

/** A container on networks whose init lives; it may wait for `start` still. */
export interface LiveContainer {
  readonly container: Container;
  readonly networks: readonly Attachment[];
  readonly init: ProcessId;
}

/** What there is of containers. */
export interface Census {
  readonly live: readonly LiveContainer[];
  /** The names of all others. */
  readonly others: readonly string[];
}

/** Counts the containers of a store, after what was half made is repaired. */
export async function takeCensus(store: Store): Promise<Census> {
  const live: LiveContainer[] = [];
  const others: string[] = [];
  for (const name of listEntries(containersDirectory(store))) {
    const container = tryReadContainer(store, name);
    const network = container?.network;
    if (network?.kind !== "networks") {
      others.push(name);
      continue;
    }
    const init = (await trySettle(store, name))?.init;
    if (!init || !isAlive(init)) others.push(name);
    else live.push({ container: container!, networks: network.networks, init });
  }
  return { live, others };
}

/** Waits for the ends of processes. */
export class EndWatch implements Disposable {
  readonly #ended: () => void;
  readonly #watched = new Map<string, Disposable>();

  /** `ended` is called whenever one has. */
  constructor(ended: () => void) {
    this.#ended = ended;
  }

  /** Watches these from now on, and no others. */
  watch(processes: readonly ProcessId[]): void {
    const wanted = new Map(
      processes.map((process) => [keyOf(process), process]),
    );
    for (const key of [...this.#watched.keys()]) {
      if (!wanted.has(key)) this.#forget(key);
    }
    for (const [key, process] of wanted) {
      if (!this.#watched.has(key)) this.#add(key, process);
    }
  }

  #add(key: string, process: ProcessId): void {
    const pidfd = openPid(process.pid);
    // Opened first, compared after: between the two the pid cannot change hands.
    if (!pidfd || !isAlive(process)) {
      pidfd?.[Symbol.dispose]();
      queueMicrotask(this.#ended);
      return;
    }
    const wait = waitFor(pidfd.number);
    this.#watched.set(key, {
      [Symbol.dispose]() {
        wait.cancel();
        pidfd[Symbol.dispose]();
      },
    });
    wait.events.then(() => {
      this.#forget(key);
      this.#ended();
    });
  }

  #forget(key: string): void {
    this.#watched.get(key)?.[Symbol.dispose]();
    this.#watched.delete(key);
  }

  /** Watches nothing any more. */
  [Symbol.dispose](): void {
    for (const key of [...this.#watched.keys()]) this.#forget(key);
  }
}

function keyOf({ pid, startTime }: ProcessId): string {
  return `${pid} ${startTime}`;
}
