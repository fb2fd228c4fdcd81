/**
 * Which containers live that somebody looks after, on networks or for other
 * reasons: asked of the disk and the kernel each time, and told when one starts
 * or ends. Of all others no more is kept than that they are others.
 *
 * @module
 */
import { inRounds } from "../daemon/rounds.ts";
import type { Network } from "../net/network.ts";
import { tryFindNetwork } from "../net/network_store.ts";
import { waitFor } from "../sys/epoll.ts";
import { BrokenFileError, ifThere } from "../sys/entry.ts";
import {
  isAlive,
  isSameProcess,
  openPid,
  openProcess,
  type ProcessId,
} from "../sys/process.ts";
import { openGate, trySettle } from "../runtime/status.ts";
import { directoryOf, type Store } from "../runtime/store.ts";
import type { Attachment } from "./network/attachment.ts";
import { findById } from "./find.ts";
import type { ContainerId } from "./id.ts";
import { isKept } from "./kept.ts";
import { listIds } from "./name_index.ts";
import {
  type Container,
  containerDirectory,
  readMonitor,
  tryReadContainer,
} from "./store.ts";

/** A container on networks whose init lives. */
export interface LiveContainer {
  readonly container: Container;
  readonly networks: readonly Attachment[];
  readonly init: ProcessId;
  /** Whether its program runs; else it waits for `start`. */
  readonly started: boolean;
}

/** A container that is to be kept running, or checked. */
export interface KeptContainer {
  readonly container: Container;
  /** Absent when it does not run. */
  readonly init?: ProcessId;
  /** Whether its program runs, or has run; else it waits for `start`. */
  readonly started: boolean;
}

/** What there is of containers. */
export interface Census {
  readonly live: readonly LiveContainer[];
  /** The networks they are on, as far as they are there. */
  readonly networks: readonly Network[];
  /** Those that restart, or have a health check, whether they live or not. */
  readonly kept: readonly KeptContainer[];
  /** The ids of all that do not live on networks. */
  readonly others: readonly ContainerId[];
  /** Of these, some that are to be removed when they end; they may live. */
  readonly passing: readonly ContainerId[];
}

/**
 * Counts the containers of a store, again and again, for all who look after
 * them.
 */
export class Counter implements Disposable {
  readonly #store: Store;
  readonly #listeners: (() => void)[] = [];
  readonly #containers = new Memo<Known>();
  readonly #inits = new Memo<ProcessId>();
  readonly #lives = new Map<ContainerId, Life>();

  /** Counts those of one store. */
  constructor(store: Store) {
    this.#store = store;
  }

  /** Has `changed` called whenever one that was counted has started or ended. */
  listen(changed: () => void): void {
    this.#listeners.push(changed);
  }

  /** Counts them, after what was half made is repaired. */
  readonly count: () => Promise<Census> = inRounds(() => this.#count());

  async #count(): Promise<Census> {
    const ids = listIds(this.#store);
    const live: LiveContainer[] = [];
    const kept: KeptContainer[] = [];
    const passing: ContainerId[] = [];
    const watched = new Set<ContainerId>();
    for (const id of ids) {
      const known = await this.#read(id).catch(unlessBroken);
      if (known === "passing") passing.push(id);
      if (typeof known !== "object") continue;
      const { network } = known;
      const life = this.#lifeOf(id, await this.#initOf(id));
      // Its end, once it is looked at, is heard of as any other.
      if (life?.abandoned) await findById(this.#store, id);
      if (isKept(known)) {
        const { init, started = false } = life ?? {};
        kept.push({ container: known, ...(init && { init }), started });
      }
      if (!life) {
        if (known.autoRemove) passing.push(id);
        continue;
      }
      watched.add(id);
      const { init, started } = life;
      if (network?.kind !== "networks") continue;
      const { networks } = network;
      live.push({ container: known, networks, init, started });
    }
    const alive = new Set(live.map(({ container }) => container.id));
    for (const id of this.#lives.keys()) {
      if (!watched.has(id)) this.#forget(id);
    }
    this.#containers.keepOnly(ids);
    this.#inits.keepOnly(ids);
    return {
      live,
      networks: networksOf(this.#store, live),
      kept,
      passing,
      others: ids.filter((id) => !alive.has(id)),
    };
  }

  #read(id: ContainerId): Promise<Known | undefined> {
    return this.#containers.get(
      id,
      `${containerDirectory(this.#store, id)}/container.json`,
      () => knownOf(tryReadContainer(this.#store, id)),
    );
  }

  #initOf(id: ContainerId): Promise<ProcessId | undefined> {
    return this.#inits.get(
      id,
      `${directoryOf(this.#store, id)}/state.json`,
      async () => (await trySettle(this.#store, id))?.init,
    );
  }

  /** The one that is known, or one that begins to be. */
  #lifeOf(id: ContainerId, init: ProcessId | undefined): Life | undefined {
    if (!init) return undefined;
    const known = this.#lives.get(id);
    if (known && isSameProcess(known.init, init)) {
      return known.ended ? undefined : known;
    }
    this.#forget(id);
    const life = beginLife(this.#store, id, init, () => {
      for (const changed of this.#listeners) changed();
    });
    if (life) this.#lives.set(id, life);
    return life;
  }

  #forget(id: ContainerId): void {
    this.#lives.get(id)?.[Symbol.dispose]();
    this.#lives.delete(id);
  }

  /** Hears of nothing more. */
  [Symbol.dispose](): void {
    for (const life of this.#lives.values()) life[Symbol.dispose]();
  }
}

/** What is kept of a container: all of it only if somebody looks after it. */
type Known = Container | "passing" | "other";

/** Nobody looks after a container of which nobody knows what it is. */
function unlessBroken(error: unknown): undefined {
  if (!(error instanceof BrokenFileError)) throw error;
}

function knownOf(container: Container | undefined): Known | undefined {
  if (!container) return undefined;
  const { network, autoRemove } = container;
  if (network?.kind === "networks" || isKept(container)) return container;
  return autoRemove ? "passing" : "other";
}

function networksOf(store: Store, live: readonly LiveContainer[]): Network[] {
  const names = live.flatMap(({ networks }) =>
    networks.map(({ name }) => name)
  );
  return [...new Set(names)].flatMap((name) =>
    tryFindNetwork(store, name) ?? []
  );
}

/** One life of a container, from when it was first seen. */
interface Life extends Disposable {
  readonly init: ProcessId;
  readonly started: boolean;
  readonly ended: boolean;
  /** Whether its monitor has ended. */
  readonly abandoned: boolean;
}

/** Undefined for one that is over. */
function beginLife(
  store: Store,
  id: ContainerId,
  init: ProcessId,
  changed: () => void,
): Life | undefined {
  using stack = new DisposableStack();
  const pidfd = openProcess(init);
  if (!pidfd) return undefined;
  stack.use(pidfd);
  const end = waitFor(pidfd.number);
  stack.defer(end.cancel);
  const monitor = readMonitor(store, id);
  const monitorPid = monitor && openPid(monitor.pid);
  if (monitorPid) stack.use(monitorPid);
  const monitorEnd = monitorPid && waitFor(monitorPid.number);
  if (monitorEnd) stack.defer(monitorEnd.cancel);
  // The gate loses its last reader when the program is executed.
  const gate = openGate(store, id);
  if (gate) stack.use(gate);
  const start = gate && waitFor(gate.number, 0);
  if (start) stack.defer(start.cancel);
  const kept = stack.move();
  const life = {
    init,
    started: gate === undefined,
    ended: false,
    abandoned: monitor !== undefined && !isAlive(monitor),
    [Symbol.dispose]: () => kept.dispose(),
  };
  end.events.then(() => {
    life.ended = true;
    changed();
  });
  monitorEnd?.events.then(() => {
    life.abandoned = true;
    if (!life.ended) changed();
  });
  start?.events.then(() => {
    life.started = true;
    changed();
  });
  return life;
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
  return ifThere(path, () => {
    const { ino, mtime } = Deno.statSync(path);
    return `${ino} ${mtime?.getTime()}`;
  });
}
