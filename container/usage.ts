/**
 * What containers use, at this moment and again a second later.
 *
 * Which ones there are is read once and then from the journal. A container whose
 * cgroup has no process any more is looked at again, as its monitor may have
 * been killed before it noted anything.
 *
 * @module
 */
import { CgroupMeter, type Reading } from "../runtime/cgroup/meter.ts";
import type { Store } from "../runtime/store.ts";
import { find, findAll, type Found, tryFind } from "./find.ts";
import { JournalFollower } from "./journal/follow.ts";
import {
  NO_TRAFFIC,
  type Traffic,
  TrafficMeter,
  type TrafficSource,
  trafficSource,
} from "./traffic.ts";

/** What a container uses; what nothing counts is undefined. */
export interface Usage {
  /** The container's. */
  readonly id: string;
  /** What it is called now. */
  readonly name: string;
  /** Of one processor; undefined until there is a second to look at. */
  readonly cpuPercent: number | undefined;
  /** What is in use, and how much may be. */
  readonly memory: MemoryUsage | undefined;
  /** What has passed its networks since it was started. */
  readonly traffic: Traffic;
  /** Bytes read from and written to block devices. */
  readonly block:
    | { readonly read: number; readonly written: number }
    | undefined;
  /** Number of tasks. */
  readonly pids: number | undefined;
}

/** Memory in use, and how much there may be. */
export interface MemoryUsage {
  /** In bytes, without what can be reclaimed at once. */
  readonly used: number;
  /** The host's where the container has no limit. */
  readonly limit: number;
}

/** A reading, and when it was made, in milliseconds. */
export interface TimedReading {
  readonly at: number;
  readonly reading: Reading;
}

/** How much of one processor was used between two readings, in percent. */
export function cpuPercent(
  before: TimedReading | undefined,
  now: TimedReading,
): number | undefined {
  const [from, to] = [before?.reading.cpuUsec, now.reading.cpuUsec];
  const passed = now.at - (before?.at ?? now.at);
  if (from === undefined || to === undefined || passed <= 0) return undefined;
  // Less than before is another container's by now.
  return Math.max(0, to - from) / (passed * 1000) * 100;
}

/** Which containers are watched. */
export interface UsageSelection {
  /** By name or id; all if there is none. */
  readonly names: readonly string[];
  /** Also those that do not run. */
  readonly all: boolean;
}

/** What is known of a watched container. */
interface Watched {
  readonly found: Found;
  readonly source: TrafficSource;
  /** Absent of one that does not run. */
  readonly meter: CgroupMeter | undefined;
  readonly limit: number;
  last?: TimedReading;
}

/** What happens to a container after which it is watched in another way. */
const CHANGES = new Set(
  "create start die destroy rename update pause unpause".split(" "),
);

/** Seconds after which all containers are looked at, whatever the journal has. */
const PATIENCE = 60;

/** Watches what containers use. */
export class UsageWatch implements Disposable {
  readonly #store: Store;
  readonly #selection: UsageSelection;
  readonly #journal: JournalFollower;
  readonly #traffic = new TrafficMeter();
  readonly #watched = new Map<string, Watched>();
  readonly #hostMemory = Deno.systemMemoryInfo().total;
  /** The ids of those that are meant by their names. */
  #named: ReadonlySet<string> | undefined;
  #lookedAt = -Infinity;

  private constructor(store: Store, selection: UsageSelection) {
    this.#store = store;
    this.#selection = selection;
    this.#journal = new JournalFollower(store);
  }

  /**
   * Begins to watch.
   *
   * @throws {NoSuchContainerError} for a name that none has
   */
  static async begin(
    store: Store,
    selection: UsageSelection,
  ): Promise<UsageWatch> {
    const watch = new UsageWatch(store, selection);
    try {
      const { names } = selection;
      if (names.length > 0) {
        const found: Found[] = [];
        for (const name of names) found.push(await find(store, name));
        watch.#named = new Set(found.map(({ container: { id } }) => id));
      }
      return watch;
    } catch (error) {
      watch[Symbol.dispose]();
      throw error;
    }
  }

  /** What they use now, those that were created last first. */
  async read(): Promise<Usage[]> {
    await this.#followUp();
    const all = [...this.#watched.values()]
      .sort((a, b) => createdAt(b) - createdAt(a));
    this.#traffic.countPorts(all.map(({ source }) => source));
    return all.map((one) => this.#usageOf(one));
  }

  /** Whether there is anything that may still be seen. */
  get isOver(): boolean {
    return this.#named !== undefined && this.#watched.size === 0;
  }

  /** Has those watched who are there now. */
  async #followUp(): Promise<void> {
    const doubtful = this.#findDoubtful();
    if (performance.now() - this.#lookedAt > PATIENCE * 1000) {
      return await this.#lookAround();
    }
    for (const id of doubtful) {
      const found = await tryFind(this.#store, id);
      if (found) this.#watch(found);
      else this.#forget(id);
    }
  }

  /** Those of whom something has been heard, or nothing is left. */
  #findDoubtful(): Set<string> {
    const doubtful = new Set<string>();
    for (const { type, action, id } of this.#journal.read()) {
      if (type !== "volume") this.#traffic.forgetPorts();
      const isMeant = this.#named?.has(id) ?? true;
      if (isMeant && CHANGES.has(action)) doubtful.add(id);
    }
    for (const [id, { last }] of this.#watched) {
      if (last?.reading.pids === 0) doubtful.add(id);
    }
    return doubtful;
  }

  async #lookAround(): Promise<void> {
    this.#lookedAt = performance.now();
    const all = await findAll(this.#store);
    const there = new Set<string>(all.map(({ container: { id } }) => id));
    for (const id of this.#watched.keys()) {
      if (!there.has(id)) this.#forget(id);
    }
    for (const found of all) this.#watch(found);
  }

  #watch(found: Found): void {
    const { container, status, record } = found;
    const { id } = container;
    const runs = status === "running" || status === "paused";
    const isMeant = this.#named?.has(id) ?? (runs || this.#selection.all);
    if (!isMeant) return this.#forget(id);
    const known = this.#watched.get(id);
    const isSame = known?.found.record?.init?.startTime ===
        record?.init?.startTime && (known?.meter !== undefined) === runs;
    const meter = runs ? new CgroupMeter(record?.cgroups ?? {}) : undefined;
    known?.meter?.[Symbol.dispose]();
    this.#watched.set(id, {
      found,
      source: runs ? trafficSource(this.#store, container) : { kind: "none" },
      meter,
      limit: Math.min(this.#hostMemory, meter?.readLimit() ?? 0),
      ...(isSame && known?.last && { last: known.last }),
    });
  }

  #forget(id: string): void {
    this.#watched.get(id)?.meter?.[Symbol.dispose]();
    this.#watched.delete(id);
  }

  #usageOf(watched: Watched): Usage {
    const { found, source, meter, limit, last } = watched;
    const { id, name } = found.container;
    if (!meter) return { id, name, ...NOTHING };
    const now = { at: performance.now(), reading: meter.read() };
    watched.last = now;
    const { memoryBytes, block, pids } = now.reading;
    return {
      id,
      name,
      cpuPercent: cpuPercent(last, now),
      memory: memoryBytes === undefined
        ? undefined
        : { used: memoryBytes, limit },
      traffic: this.#traffic.read(source, found.record?.init?.pid ?? 0),
      block,
      pids,
    };
  }

  /** Watches no more. */
  [Symbol.dispose](): void {
    for (const id of [...this.#watched.keys()]) this.#forget(id);
    this.#journal[Symbol.dispose]();
    this.#traffic[Symbol.dispose]();
  }
}

function createdAt({ found }: Watched): number {
  return Date.parse(found.container.created);
}

/** Of a container that does not run. */
const NOTHING = {
  cpuPercent: 0,
  memory: { used: 0, limit: 0 },
  traffic: NO_TRAFFIC,
  block: { read: 0, written: 0 },
  pids: 0,
} as const satisfies Omit<Usage, "id" | "name">;
