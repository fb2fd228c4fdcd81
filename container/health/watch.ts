/**
 * The watch over the health of one life of a container: it starts the checker
 * (`checker/program.ts`), and does what that cannot.
 *
 * @module
 */
import { waitFor } from "../../sys/epoll.ts";
import type { Fd } from "../../sys/fd.ts";
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
import { explainEntry } from "../../runtime/entry.ts";
import type { Linked } from "../../runtime/init/program.ts";
import { launch, type Launched } from "../../runtime/launch.ts";
import { readFilter } from "../../runtime/seccomp/filter.ts";
import type { Config, Process } from "../../runtime/spec.ts";
import {
  directoryOf,
  readStoredConfig,
  type Record,
  type Store,
} from "../../runtime/store.ts";
import type { ContainerId } from "../id.ts";
import type { KeptContainer } from "../live.ts";
import { checkerProgram } from "./checker/program.ts";
import { CHECKER_NAME, NEWS, NEWS_KIND } from "./checker/terms.ts";
import type { Healthcheck } from "./healthcheck.ts";
import {
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
  /** {@linkcode Watch.number} */
  readonly number: number;
  /** Told of another status. */
  readonly became: (status: HealthStatus) => void;
  /** Told that the checker has ended, while the container lives. */
  readonly ended: () => void;
  readonly log: (line: string) => void;
}

/** A checker, and what it leaves to others. */
export class Watch implements Disposable {
  readonly #watched: Watched;
  readonly #config: Config;
  readonly #process: Process;
  readonly #open: DisposableStack;
  readonly #results: Fd;
  readonly #checker: Launched;
  /** How the checker calls itself in its news. */
  readonly number: number;
  /** What it was when this began. */
  readonly status: HealthStatus;

  /**
   * Starts the checker.
   *
   * @throws {Error} when the container is gone, among other reasons
   */
  constructor(watched: Watched) {
    const { store, id, record, check, news } = watched;
    this.#watched = watched;
    this.number = watched.number;
    this.#config = readStoredConfig(store, id);
    const { consoleSize: _, ...base } = this.#config.process;
    this.#process = { ...base, args: [...check.test], terminal: false };
    using open = new DisposableStack();
    this.#results = open.use(openResults(store, id, record.init));
    this.status = readState(this.#results).status;
    using init = openProcess(record.init);
    if (!init) throw new Error("it has just ended");
    this.#checker = launch(this.#link(init.number).elf, {
      name: CHECKER_NAME,
      inherit: [init, this.#results, news],
    });
    open.use(this.#checker.pidfd);
    this.#open = open.move();
    void this.#attend();
  }

  #link(init: number): Linked {
    const { store, record, check, news, number } = this.#watched;
    const state = readState(this.#results);
    const { Log } = readHealthFrom(this.#results, record.init, check);
    const began = Date.parse(record.created);
    // Another daemon goes on where the one before was.
    const since = Log.length > 0 ? Date.parse(Log.at(-1)!.End) : began;
    const age = Date.now() - began;
    const pause = pauseAfter(check, { Status: state.status }, age);
    const cgroup = record.cgroups[""];
    const program = checkerProgram({
      check,
      config: this.#config,
      record,
      process: this.#process,
      filter: readFilter(directoryOf(store, record.id)),
      cgroup: cgroup && (cgroupOf(cgroup, record.init.pid) ?? cgroup),
      frozen: frozenMark(record.cgroups),
      state,
      first: Math.max(0, pause - Math.max(0, Date.now() - since)),
      counting: began + check.startPeriod,
      files: { init, results: this.#results.number, news: news.number },
      number,
    });
    return program.link(hostArch());
  }

  async #attend(): Promise<void> {
    const { record, ended } = this.#watched;
    const { pidfd } = this.#checker;
    await waitFor(pidfd.number).events;
    if (this.#open.disposed) return;
    reap(pidfd, { wait: true });
    this.#open.dispose();
    if (isAlive(record.init)) ended();
  }

  /** Whether it is about that life, and the checker is there. */
  isOf(one: KeptContainer | undefined): boolean {
    const { record, check } = this.#watched;
    // What is on disk is read once, until it is replaced.
    return !this.#open.disposed && one?.init !== undefined &&
      isSameProcess(record.init, one.init) &&
      one.container.healthcheck === check;
  }

  /** Does what follows from a piece of news of its checker. */
  hear(news: DataView): void {
    if (this.#open.disposed) return;
    const value = news.getUint32(NEWS.value, true);
    switch (news.getUint32(NEWS.kind, true)) {
      case NEWS_KIND.status:
        return this.#watched.became(HEALTH_STATUSES[value]!);
      case NEWS_KIND.late:
        return this.#kill(value);
      case NEWS_KIND.failed:
        return void this.#explain(value);
      case NEWS_KIND.broken:
        return this.#complain(value, news.getUint32(NEWS.errno, true));
    }
  }

  /** Kills a check with all that it has started. */
  #kill(pid: number): void {
    const { cgroups } = this.#watched.record;
    // One that has ended meanwhile may have given its pid to another.
    if (readStat(pid)?.parent !== this.#checker.pid) return;
    killTree(pid, () => openCgroup(cgroups).processes());
  }

  async #explain(slot: number): Promise<void> {
    const failure = readFailureAt(this.#results, slot);
    if (!failure) return;
    const { init } = this.#watched.record;
    // Whatever the numbers of descriptors are, the rows are the same.
    const linked = this.#link(-1);
    const { message } = await explainEntry(
      failure,
      linked,
      this.#process,
      init,
    );
    if (this.#open.disposed || !readFailureAt(this.#results, slot)) return;
    writeExplanation(this.#results, slot, message);
  }

  #complain(index: number, errno: number): void {
    const { record, log } = this.#watched;
    if (!isAlive(record.init)) return;
    const row = this.#link(-1).rows[index];
    const what = row?.what ?? row?.text ?? "go on";
    log(`its checker cannot ${what}: ${describeErrno(errno)}`);
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
