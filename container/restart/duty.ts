/**
 * The daemon's duty to start containers again that have ended, as their
 * policies say, and as they ran before a boot.
 *
 * Starting one again takes its lock, and may have this daemon look around: so
 * rounds only decide, and note what they decided; the rest is done beside them.
 *
 * @module
 */
import type { Duty, DutyContext, StartDuty } from "../../daemon/duty.ts";
import { daemonDirectory } from "../../daemon/place.ts";
import { Queue } from "../../daemon/queue.ts";
import { tryReadRecord } from "../../runtime/store.ts";
import { Agenda } from "../../sys/agenda.ts";
import { exists, tryLockEntry } from "../../sys/entry.ts";
import type { ContainerId } from "../id.ts";
import { mayRestart } from "../kept.ts";
import type { Counter, KeptContainer } from "../live.ts";
import { startAgain } from "./restart.ts";
import { afterBoot, type RestartState } from "./policy.ts";
import {
  lifeOf,
  policyOf,
  readRestart,
  settleRestart,
  writeRestart,
} from "./state.ts";
import {
  type Container,
  containerDirectory,
  hasMonitor,
  readExit,
} from "../store.ts";

/** How many are started at once. */
const AT_ONCE = 4;
/** Milliseconds until the next look at one that somebody is at, or ends. */
const PAUSE = 50;
/** The most a restart is waited for, whatever the clock says. */
const LONGEST = 60_000;

/** What is on disk; `busy` while somebody is at the container. */
type Noted = RestartState | "busy" | undefined;

/** The duty towards the containers that are counted. */
export function restartDuty(counter: Counter): StartDuty {
  return (context) => new RestartDuty(context, counter);
}

class RestartDuty implements Duty {
  readonly name = "restart";
  readonly #context: DutyContext;
  readonly #counter: Counter;
  readonly #agenda = new Agenda();
  readonly #queue = new Queue(AT_ONCE);
  /** Those that wait, and when for; those that are being started. */
  readonly #waiting = new Map<
    ContainerId,
    { next: number; entry: Disposable }
  >();
  readonly #starting = new Set<ContainerId>();
  #booted = false;

  constructor(context: DutyContext, counter: Counter) {
    this.#context = context;
    this.#counter = counter;
    counter.listen(context.changed);
  }

  async reconcile(): Promise<string | undefined> {
    const { kept } = await this.#counter.count();
    const all = kept.filter(({ container }) => mayRestart(container));
    if (!this.#booted) this.#noteBoot(all);
    const waiting = new Set<ContainerId>();
    let needed = 0;
    for (const { container, init, started } of all) {
      const { id } = container;
      if (started || this.#starting.has(id)) {
        needed++;
        continue;
      }
      const state = this.#decide(container, init !== undefined);
      if (state === "busy") {
        this.#agenda.after(PAUSE, this.#context.changed);
        needed++;
      } else if (state?.next !== undefined) {
        this.#await(container, state.next);
        waiting.add(id);
        needed++;
      }
    }
    for (const id of this.#waiting.keys()) {
      if (!waiting.has(id)) this.#drop(id);
    }
    if (needed === 0) return undefined;
    return `${needed} container${needed === 1 ? "" : "s"} to be kept running`;
  }

  /**
   * Has those run that ran before the host was started: once in the life of
   * the root, which does not outlive the host.
   */
  #noteBoot(all: readonly KeptContainer[]): void {
    const { store } = this.#context;
    const noted = `${daemonDirectory(store)}/booted`;
    if (!exists(noted)) {
      for (const { container, init } of all) {
        if (init) continue;
        this.#note(container, (state) => {
          const life = lifeOf(readExit(store, container.id));
          return afterBoot(policyOf(container), state, life, Date.now());
        });
      }
      Deno.writeTextFileSync(noted, "");
    }
    this.#booted = true;
  }

  /**
   * How it is with a container that does not run. One that waits at its gate is
   * a restart that was cut short, or is somebody else's to start.
   */
  #decide(container: Container, waits: boolean): Noted {
    const { store } = this.#context;
    const { id } = container;
    if (waits) return readRestart(store, id);
    if (hasMonitor(store, id)) return "busy";
    return this.#note(container, (state) => {
      const record = readExit(store, id);
      const began = tryReadRecord(store, id)?.created;
      const last = { record, began };
      return settleRestart(policyOf(container), state, last, Date.now());
    });
  }

  /**
   * Writes down what follows from how it is; `busy` when somebody is at the
   * container, who may be waiting for this round.
   */
  #note(
    { id }: Container,
    follow: (state: RestartState) => RestartState,
  ): Noted {
    const { store } = this.#context;
    const state = readRestart(store, id);
    if (!state) return undefined;
    if (follow(state) === state) return state;
    using lock = tryLockEntry(containerDirectory(store, id));
    if (!lock) return "busy";
    const current = readRestart(store, id);
    const next = current && follow(current);
    if (next && next !== current) writeRestart(store, id, next);
    return next;
  }

  /** By the clock on the wall, which may jump, as it is noted on disk. */
  #await(container: Container, next: number): void {
    const { id } = container;
    const known = this.#waiting.get(id);
    if (known?.next === next) return;
    this.#drop(id);
    const ms = Math.min(next - Date.now(), LONGEST);
    const entry = this.#agenda.after(ms, () => void this.#start(container));
    this.#waiting.set(id, { next, entry });
  }

  #drop(id: ContainerId): void {
    this.#waiting.get(id)?.entry[Symbol.dispose]();
    this.#waiting.delete(id);
  }

  async #start(container: Container): Promise<void> {
    const { store, log, changed } = this.#context;
    const { id } = container;
    this.#waiting.delete(id);
    this.#starting.add(id);
    try {
      await this.#queue.run(() => startAgain(store, id, log));
    } catch (error) {
      log(`${container.name}: ${(error as Error).message}`);
    }
    this.#starting.delete(id);
    changed();
  }

  [Symbol.dispose](): void {
    this.#agenda[Symbol.dispose]();
  }
}
