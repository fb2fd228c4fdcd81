/**
 * The daemon's duty to check the health of containers, and to act on it.
 *
 * @module
 */
import type { Duty, DutyContext, StartDuty } from "../../daemon/duty.ts";
import { tryReadRecord } from "../../runtime/store.ts";
import { type Readiness, waitFor } from "../../sys/epoll.ts";
import { type Fd, pipe, read, setNonBlocking } from "../../sys/fd.ts";
import { viewOf } from "../../sys/memory.ts";
import { isAlive, isSameProcess } from "../../sys/process.ts";
import { startTimer, type Timer } from "../../sys/timer.ts";
import type { ContainerId } from "../id.ts";
import { note, ofContainer } from "../journal/journal.ts";
import type { Counter, KeptContainer } from "../live.ts";
import type { Container } from "../store.ts";
import { healthAction } from "./action.ts";
import { NEWS } from "./checker/terms.ts";
import type { HealthStatus } from "./state.ts";
import { Watch } from "./watch.ts";

/** The duty towards the containers that are counted. */
export function healthDuty(counter: Counter): StartDuty {
  return (context) => new HealthDuty(context, counter);
}

/** Milliseconds after which a checker that has ended is followed by another. */
const AGAIN = 1000;

class HealthDuty implements Duty {
  readonly name = "health";
  readonly #context: DutyContext;
  readonly #counter: Counter;
  readonly #watches = new Map<ContainerId, Watch>();
  /** What was said last of a container whose checks do not go well. */
  readonly #complaints = new Map<ContainerId, string>();
  /** From all checkers, once there has been one. */
  #news: readonly [read: Fd, write: Fd] | undefined;
  #hearing: Readiness | undefined;
  #number = 0;
  #again: Timer | undefined;

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
    for (const id of this.#complaints.keys()) {
      if (!wanted.has(id)) this.#complaints.delete(id);
    }
    for (const [id, one] of wanted) {
      if (!this.#watches.has(id)) this.#watch(one);
    }
    const { size } = wanted;
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
    const act = async (status: HealthStatus) => {
      try {
        await healthAction(healthcheck, status)?.(store, id, init, log);
      } catch (error) {
        log(`${name}: ${(error as Error).message}`);
      }
    };
    const complain = (line: string) => this.#complain(container, line);
    try {
      const watch = new Watch({
        store,
        id,
        record: { ...record, init },
        check: healthcheck,
        news: this.#line(),
        number: ++this.#number,
        became: (status) => {
          this.#complaints.delete(id);
          log(`${name} is ${status}`);
          const action = `health_status: ${status}`;
          note(store, ofContainer(container, action), log);
          void act(status);
        },
        ended: () => this.#lookAgain(),
        complain,
      });
      this.#watches.set(id, watch);
      // A daemon that was killed may have left it to be done.
      void act(watch.status);
    } catch (error) {
      if (!isAlive(init)) return;
      complain(`its checks cannot begin: ${(error as Error).message}`);
      this.#lookAgain();
    }
  }

  /** Once, however often it comes. */
  #complain({ id, name }: Container, line: string): void {
    if (this.#complaints.get(id) === line) return;
    this.#complaints.set(id, line);
    this.#context.log(`${name}: ${line}`);
  }

  /** Later, so that what fails each time is not tried without end. */
  #lookAgain(): void {
    this.#again ??= startTimer(AGAIN);
    const timer = this.#again;
    timer.over.then(() => {
      if (this.#again !== timer) return;
      this.#again = undefined;
      this.#context.changed();
    });
  }

  /** Where checkers write to. */
  #line(): Fd {
    if (!this.#news) {
      this.#news = pipe();
      setNonBlocking(this.#news[0].number);
      void this.#hear(this.#news[0]);
    }
    return this.#news[1];
  }

  async #hear({ number }: Fd): Promise<void> {
    const buffer = new Uint8Array(NEWS.size * 64);
    for (;;) {
      this.#hearing = waitFor(number);
      await this.#hearing.events;
      const length = read(number, buffer) ?? 0;
      for (let at = 0; at < length; at += NEWS.size) {
        const news = viewOf(buffer.subarray(at, at + NEWS.size));
        const from = news.getUint32(NEWS.checker, true);
        for (const watch of this.#watches.values()) {
          if (watch.watched.number === from) void watch.hear(news);
        }
      }
    }
  }

  [Symbol.dispose](): void {
    for (const watch of this.#watches.values()) watch[Symbol.dispose]();
    this.#again?.[Symbol.dispose]();
    this.#hearing?.cancel();
    for (const end of this.#news ?? []) end[Symbol.dispose]();
  }
}
