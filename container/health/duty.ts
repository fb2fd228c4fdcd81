/**
 * The daemon's duty to check the health of containers, and to act on it.
 *
 * @module
 */
import type { Duty, DutyContext, StartDuty } from "../../daemon/duty.ts";
import { tryReadRecord } from "../../runtime/store.ts";
import { Agenda } from "../../sys/agenda.ts";
import {
  isAlive,
  isSameProcess,
  openProcess,
  type ProcessId,
} from "../../sys/process.ts";
import type { ContainerId } from "../id.ts";
import { type HealthAction, healthAction } from "./action.ts";
import { Probe } from "./probe.ts";
import { Slots } from "./slots.ts";
import {
  afterCheck,
  type Health,
  pauseAfter,
  readHealth,
  writeHealth,
} from "./state.ts";
import { note, ofContainer } from "../journal/journal.ts";
import type { Healthcheck } from "./healthcheck.ts";
import type { Counter, KeptContainer } from "../live.ts";

/** The duty towards the containers that are counted. */
export function healthDuty(counter: Counter): StartDuty {
  return (context) => new HealthDuty(context, counter);
}

/**
 * How late a check may be, to be run with others: what part of its pause, and
 * how many milliseconds at most. Waking up costs half as much as a check.
 */
const SLACK = { part: 0.1, most: 500 };

class HealthDuty implements Duty {
  readonly name = "health";
  readonly #context: DutyContext;
  readonly #counter: Counter;
  readonly #agenda = new Agenda();
  readonly #slots = new Slots();
  readonly #watches = new Map<ContainerId, Watch>();

  constructor(context: DutyContext, counter: Counter) {
    this.#context = context;
    this.#counter = counter;
    counter.listen(context.changed);
  }

  async reconcile(): Promise<string | undefined> {
    const { kept } = await this.#counter.count();
    const wanted = new Map(
      kept.filter(({ container, started }) =>
        started && container.healthcheck !== undefined
      ).map((one) => [one.container.id, one]),
    );
    for (const [id, watch] of this.#watches) {
      if (watch.isOf(wanted.get(id))) continue;
      watch[Symbol.dispose]();
      this.#watches.delete(id);
    }
    for (const [id, one] of wanted) {
      if (!this.#watches.has(id)) this.#watch(one);
    }
    const { size } = this.#watches;
    if (size === 0) return undefined;
    return `${size} health check${size === 1 ? "" : "s"}`;
  }

  #watch({ container, init }: KeptContainer): void {
    const { store, log } = this.#context;
    const { id, name, healthcheck } = container;
    const record = tryReadRecord(store, id);
    // It may have ended since it was counted.
    if (!healthcheck || !init || !record?.init) return;
    if (!isSameProcess(record.init, init)) return;
    const initFd = openProcess(init);
    if (!initFd) return;
    const known = { ...record, init };
    const probe = new Probe(store, known, initFd, healthcheck, this.#slots);
    const watch = new Watch({
      init,
      check: healthcheck,
      probe,
      agenda: this.#agenda,
      began: Date.parse(record.created),
      health: readHealth(store, id, init),
      tell(health, before) {
        writeHealth(store, id, init, health);
        if (health.Status === before.Status) return;
        log(`${name} is ${health.Status}`);
        const action = `health_status: ${health.Status}`;
        note(store, ofContainer(container, action), log);
        const wanted = healthAction(healthcheck, health);
        if (wanted) void act(wanted);
      },
    });
    const act = async (action: HealthAction) => {
      try {
        await action(store, id, init, log);
      } catch (error) {
        log(`${name}: ${(error as Error).message}`);
      }
    };
    this.#watches.set(id, watch);
  }

  [Symbol.dispose](): void {
    for (const watch of this.#watches.values()) watch[Symbol.dispose]();
    this.#agenda[Symbol.dispose]();
    this.#slots[Symbol.dispose]();
  }
}

interface Watched {
  readonly init: ProcessId;
  readonly check: Healthcheck;
  readonly probe: Probe;
  readonly agenda: Agenda;
  /** Milliseconds since 1970. */
  readonly began: number;
  /** What earlier checks of this life have said. */
  readonly health: Health;
  /** Told what a check has changed. */
  readonly tell: (health: Health, before: Health) => void;
}

/** The checks of one life of a container, one after the other. */
class Watch implements Disposable {
  readonly #watched: Watched;
  #health: Health;
  #next: Disposable;
  #over = false;

  constructor(watched: Watched) {
    this.#watched = watched;
    this.#health = watched.health;
    // A daemon that was started anew goes on where the one before was.
    const last = watched.health.Log.at(-1)?.End;
    const since = last === undefined ? watched.began : Date.parse(last);
    const passed = Math.max(0, Date.now() - since);
    this.#next = this.#after(this.#pause() - passed);
  }

  /** Whether it is about that life. */
  isOf(one: KeptContainer | undefined): boolean {
    const { init, check } = this.#watched;
    // What is on disk is read once, until it is replaced.
    return one?.init !== undefined && isSameProcess(init, one.init) &&
      one.container.healthcheck === check;
  }

  #pause(): number {
    const { check, began } = this.#watched;
    return pauseAfter(check, this.#health, Date.now() - began);
  }

  #after(ms: number): Disposable {
    const { agenda } = this.#watched;
    const slack = Math.min(this.#pause() * SLACK.part, SLACK.most);
    return agenda.after(ms, () => void this.#check(), slack);
  }

  async #check(): Promise<void> {
    const { probe, agenda, check, began, init, tell } = this.#watched;
    const start = new Date();
    const verdict = await probe.run(agenda).catch((error) => ({
      code: -1,
      output: (error as Error).message,
    }));
    // What it says of one that has just ended is of no use.
    if (this.#over || (verdict?.code !== 0 && !isAlive(init))) return;
    if (verdict) {
      const before = this.#health;
      const result = {
        Start: start.toISOString(),
        End: new Date().toISOString(),
        ExitCode: verdict.code,
        Output: verdict.output,
      };
      this.#health = afterCheck(check, before, result, +start - began);
      tell(this.#health, before);
    }
    this.#next = this.#after(this.#pause());
  }

  [Symbol.dispose](): void {
    this.#over = true;
    this.#next[Symbol.dispose]();
    this.#watched.probe[Symbol.dispose]();
  }
}
