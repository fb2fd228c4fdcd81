/**
 * Which containers on networks live, for whoever looks after them: asked of the
 * disk and the kernel each time, and told when one ends.
 *
 * @module
 */
import { waitFor } from "../sys/epoll.ts";
import { exists, listEntries } from "../sys/entry.ts";
import { isAlive, openPid, type ProcessId } from "../sys/process.ts";
import { trySettle } from "../runtime/status.ts";
import { directoryOf, type Store } from "../runtime/store.ts";
import type { Attachment } from "./attachment.ts";
import {
  type Container,
  containerDirectory,
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

/** Counts the containers of a store, again and again. */
export class Counter implements Disposable {
  readonly #store: Store;
  readonly #ends: EndWatch;
  readonly #containers = new Memo<Container>();
  readonly #inits = new Memo<ProcessId>();

  /** `ended` is called whenever one has that was counted among the living. */
  constructor(store: Store, ended: () => void) {
    this.#store = store;
    this.#ends = new EndWatch(ended);
  }

  /** Counts them, after what was half made is repaired. */
  async count(): Promise<Census> {
    const live: LiveContainer[] = [];
    const others: string[] = [];
    const names = listEntries(containersDirectory(this.#store));
    for (const name of names) {
      const one = await this.#find(name);
      if (one) live.push(one);
      else others.push(name);
    }
    this.#containers.keepOnly(names);
    this.#inits.keepOnly(names);
    this.#ends.watch(live.map(({ init }) => init));
    return { live, others };
  }

  async #find(name: string): Promise<LiveContainer | undefined> {
    const store = this.#store;
    const container = await this.#containers.get(
      name,
      `${containerDirectory(store, name)}/container.json`,
      () => tryReadContainer(store, name),
    );
    const network = container?.network;
    if (network?.kind !== "networks") return undefined;
    const init = await this.#inits.get(
      name,
      `${directoryOf(store, name)}/state.json`,
      async () => (await trySettle(store, name))?.init,
    );
    if (!init || !this.#ends.isWatched(init) && !isAlive(init)) {
      return undefined;
    }
    return { container: container!, networks: network.networks, init };
  }

  /** Hears of no more ends. */
  [Symbol.dispose](): void {
    this.#ends[Symbol.dispose]();
  }
}

/**
 * What was read from files that are only ever replaced as a whole: another one
 * is another inode, or was changed at another time.
 */
class Memo<T> {
  readonly #known = new Map<string, { stamp: string; value: T }>();

  async get(
    key: string,
    path: string,
    read: () => T | undefined | Promise<T | undefined>,
  ): Promise<T | undefined> {
    const stamp = stampOf(path);
    const known = this.#known.get(key);
    if (known && known.stamp === stamp) return known.value;
    this.#known.delete(key);
    const value = await read();
    // One that is replaced meanwhile has another stamp the next time.
    if (stamp && value !== undefined) this.#known.set(key, { stamp, value });
    return value;
  }

  keepOnly(keys: readonly string[]): void {
    const kept = new Set(keys);
    for (const key of this.#known.keys()) {
      if (!kept.has(key)) this.#known.delete(key);
    }
  }
}

function stampOf(path: string): string | undefined {
  if (!exists(path)) return undefined;
  try {
    const { ino, mtime } = Deno.statSync(path);
    return `${ino} ${mtime?.getTime()}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Waits for the ends of processes. */
class EndWatch implements Disposable {
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

  /** Whether it is watched, and so has not ended as far as was heard. */
  isWatched(process: ProcessId): boolean {
    return this.#watched.has(keyOf(process));
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
