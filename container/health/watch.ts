/**
 * The watch over the health of one life of a container: it starts the checker
 * (`checker/program.ts`), and does what that cannot.
 *
 * @module
 */
import { waitFor } from "../../sys/epoll.ts";
import { eventCounter, type Fd } from "../../sys/fd.ts";
import { hostArch } from "../../sys/numbers.ts";
import {
  isAlive,
  isSameProcess,
  openProcess,
  type ProcessId,
  readStat,
  reap,
  SIGKILL,
  signalPidfd,
} from "../../sys/process.ts";
import { killTree } from "../../sys/process_tree.ts";
import { describeErrno } from "../../sys/errno.ts";
import { openCgroup } from "../../runtime/cgroup/cgroup.ts";
import { frozenMark } from "../../runtime/cgroup/freezer.ts";
import { cgroupOf } from "../../runtime/cgroup/processes.ts";
import { emitEntry, explainEntry, joinsPid } from "../../runtime/entry.ts";
import { type Linked, named, Program } from "../../runtime/init/program.ts";
import type { Failure } from "../../runtime/init_report.ts";
import { launch, type Launched, makeImage } from "../../runtime/launch.ts";
import { readFilter } from "../../runtime/seccomp/filter.ts";
import type { Config, Process } from "../../runtime/spec.ts";
import {
  directoryOf,
  readStoredConfig,
  type Record,
  type Store,
} from "../../runtime/store.ts";
import { hostUid, openNull } from "../../runtime/stdio.ts";
import type { ContainerId } from "../id.ts";
import type { KeptContainer } from "../live.ts";
import { checkerProgram } from "./checker/program.ts";
import {
  CHECKER_NAME,
  type CheckerFiles,
  NEWS,
  NEWS_KIND,
} from "./checker/terms.ts";
import type { Healthcheck } from "./healthcheck.ts";
import {
  NOT_BORN,
  openResults,
  readFailureAt,
  readHealthFrom,
  readState,
  writeExplanation,
} from "./results.ts";
import { HEALTH_STATUSES, type HealthStatus, pauseAfter } from "./state.ts";

/** What is watched, and who hears of it. */
export interface Watched {
  readonly store: Store;
  readonly id: ContainerId;
  readonly record: Record & { readonly init: ProcessId };
  readonly check: Healthcheck;
  /** Gets the checker's news. */
  readonly news: Fd;
  /** How the checker calls itself there. */
  readonly number: number;
  /** Told of another status. */
  readonly became: (status: HealthStatus) => void;
  /** Told that the checker has ended, while the container lives. */
  readonly ended: () => void;
  /** Told what went wrong, while the container lives. */
  readonly complain: (line: string) => void;
}

/** Stand for descriptors, where only rows are looked at. */
const NUMBERS: CheckerFiles = {
  init: -1,
  report: -1,
  results: -1,
  news: -1,
  entry: -1,
  nothing: -1,
};

/** A checker, and what it leaves to others. */
export class Watch implements Disposable {
  readonly watched: Watched;
  readonly #open: DisposableStack;
  readonly #results: Fd;
  readonly #checker: Launched;

  /**
   * Starts the checker.
   *
   * @throws {Error} when the container is gone, among other reasons
   */
  constructor(watched: Watched) {
    const { store, id, record, news } = watched;
    this.watched = watched;
    using open = new DisposableStack();
    this.#results = open.use(openResults(store, id, record.init));
    using init = openProcess(record.init);
    if (!init) throw new Error("it has just ended");
    using report = eventCounter();
    using nothing = openNull();
    const numbers = { init: init.number, report: report.number };
    const config = this.#readConfig();
    using entry = makeImage(this.#linkEntry(config, numbers).linked.elf);
    const { elf } = this.#link(config, {
      ...numbers,
      results: this.#results.number,
      news: news.number,
      entry: entry.number,
      nothing: nothing.number,
    });
    this.#checker = launch(elf, {
      name: CHECKER_NAME,
      inherit: [init, report, this.#results, news, entry, nothing],
    });
    open.use(this.#checker.pidfd);
    this.#open = open.move();
    void this.#attend();
  }

  /** What the checks so far come to. */
  get status(): HealthStatus {
    return readState(this.#results).status;
  }

  /** The checker. Its rows are the same, whatever the numbers are. */
  #link(config: Config, files: CheckerFiles): Linked {
    const { record, check, number } = this.watched;
    const began = Date.parse(record.created);
    const cgroup = record.cgroups[""];
    return checkerProgram({
      check,
      joinsPid: joinsPid(config),
      cgroup: cgroup && (cgroupOf(cgroup, record.init.pid) ?? cgroup),
      frozen: frozenMark(record.cgroups),
      owner: hostUid(config, config.process.user.uid) ?? 0,
      state: readState(this.#results),
      first: this.#untilNext(began),
      counting: began + check.startPeriod,
      files,
      number,
    }).link(hostArch());
  }

  /** What enters the container, likewise, and what it becomes. */
  #linkEntry(
    config: Config,
    { init, report }: Pick<CheckerFiles, "init" | "report">,
  ): { linked: Linked; process: Process } {
    const { store, record, check } = this.watched;
    const { consoleSize: _, ...base } = config.process;
    const process = { ...base, args: [...check.test], terminal: false };
    const filter = readFilter(directoryOf(store, record.id));
    const program = new Program();
    emitEntry(
      program,
      { config, process, record },
      { filter, dieWithParent: true },
      { init: named(init, "INIT"), report: named(report, "REPORT") },
    );
    return { linked: program.link(hostArch()), process };
  }

  #readConfig(): Config {
    const { store, id } = this.watched;
    return readStoredConfig(store, id);
  }

  /** Milliseconds; another daemon goes on where the one before was. */
  #untilNext(began: number): number {
    const { record, check } = this.watched;
    const health = readHealthFrom(this.#results, record.init, check);
    const last = health.Log.at(-1)?.End;
    const since = last === undefined ? began : Date.parse(last);
    const now = Date.now();
    const pause = pauseAfter(check, health, now - began);
    return Math.max(0, pause - Math.max(0, now - since));
  }

  async #attend(): Promise<void> {
    const { record, ended } = this.watched;
    const { pidfd } = this.#checker;
    await waitFor(pidfd.number).events;
    if (this.#open.disposed) return;
    reap(pidfd, { wait: true });
    this.#open.dispose();
    if (isAlive(record.init)) ended();
  }

  /** Whether it is about that life, and the checker is there. */
  isOf(one: KeptContainer | undefined): boolean {
    const { record, check } = this.watched;
    // What is on disk is read once, until it is replaced.
    return !this.#open.disposed && one?.init !== undefined &&
      isSameProcess(record.init, one.init) &&
      one.container.healthcheck === check;
  }

  /** Does what follows from a piece of news of its checker. */
  async hear(news: DataView): Promise<void> {
    const { record, complain } = this.watched;
    const word = (field: number) => news.getUint32(field, true);
    try {
      await this.#follow(word(NEWS.kind), word(NEWS.value), word(NEWS.errno));
    } catch (error) {
      if (isAlive(record.init)) complain((error as Error).message);
    }
  }

  async #follow(kind: number, value: number, errno: number): Promise<void> {
    if (this.#open.disposed) return;
    switch (kind) {
      case NEWS_KIND.status:
        return this.watched.became(HEALTH_STATUSES[value]!);
      case NEWS_KIND.late:
        return this.#kill(value);
      case NEWS_KIND.failed:
        return await this.#explain(value);
      case NEWS_KIND.broken: {
        const row = this.#link(this.#readConfig(), NUMBERS).rows[value];
        const what = row?.what ?? row?.text ?? "go on";
        throw new Error(`its checker cannot ${what}: ${describeErrno(errno)}`);
      }
    }
  }

  /** Kills a check with all that it has started. */
  #kill(pid: number): void {
    const { cgroups } = this.watched.record;
    // One that has ended meanwhile may have given its pid to another.
    if (readStat(pid)?.parent !== this.#checker.pid) return;
    killTree(pid, () => openCgroup(cgroups).processes());
  }

  async #explain(slot: number): Promise<void> {
    const failure = readFailureAt(this.#results, slot);
    if (!failure) return;
    const message = await this.#describe(failure);
    if (this.#open.disposed || !readFailureAt(this.#results, slot)) return;
    writeExplanation(this.#results, slot, message);
  }

  async #describe(failure: Failure): Promise<string> {
    if (failure.row === NOT_BORN) {
      return `cannot start a process: ${describeErrno(failure.errno)}`;
    }
    const config = this.#readConfig();
    const { linked, process } = this.#linkEntry(config, NUMBERS);
    const { init } = this.watched.record;
    const { message } = await explainEntry(failure, linked, process, init);
    return message;
  }

  /** Ends the checker, and with it a check. */
  [Symbol.dispose](): void {
    if (this.#open.disposed) return;
    const { pidfd } = this.#checker;
    signalPidfd(pidfd, SIGKILL);
    reap(pidfd, { wait: true });
    this.#open.dispose();
  }
}
