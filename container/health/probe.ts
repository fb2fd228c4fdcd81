/**
 * Running health checks: one more process in a container, again and again. Its
 * program of rows is made once for each life of the container, and executed
 * anew for each check.
 *
 * @module
 */
import { type Readiness, waitFor } from "../../sys/epoll.ts";
import { type Fd, pipe, read, setNonBlocking } from "../../sys/fd.ts";
import { isAlive, openPid, type ProcessId, reap } from "../../sys/process.ts";
import { killTree } from "../../sys/process_tree.ts";
import { openCgroup } from "../../runtime/cgroup/cgroup.ts";
import {
  explainEntry,
  joinsPid,
  launchBeside,
  linkEntry,
} from "../../runtime/exec.ts";
import type { Linked } from "../../runtime/init/program.ts";
import { readReport } from "../../runtime/init_report.ts";
import { type Launched, makeImage } from "../../runtime/launch.ts";
import { readStoredConfig } from "../../runtime/store.ts";
import type { Process } from "../../runtime/spec.ts";
import { readFilter } from "../../runtime/seccomp/filter.ts";
import { directoryOf, type Record, type Store } from "../../runtime/store.ts";
import type { Agenda } from "../../sys/agenda.ts";
import { formatDuration } from "../specification/duration.ts";
import type { Slots } from "./slots.ts";
import type { Healthcheck } from "./healthcheck.ts";

/** Bytes of a check's output that are kept. */
const KEPT_OUTPUT = 4096;
/** Milliseconds in which a check may write no more than a pipe holds. */
const DRAIN = 500;
/** The exit code of a check that could not run, or took too long. */
const FAILED = -1;

/** What a check said. */
export interface Verdict {
  readonly code: number;
  readonly output: string;
}

/** The check of one life of a container. */
export class Probe implements Disposable {
  readonly #store: Store;
  readonly #record: Record & { readonly init: ProcessId };
  readonly #check: Healthcheck;
  readonly #slots: Slots;
  readonly #image: Fd;
  readonly #joinsPid: boolean;

  /** Makes the program. */
  constructor(
    store: Store,
    record: Record & { readonly init: ProcessId },
    check: Healthcheck,
    slots: Slots,
  ) {
    this.#store = store;
    this.#record = record;
    this.#check = check;
    this.#slots = slots;
    this.#image = makeImage(this.#link().linked.elf);
    this.#joinsPid = joinsPid(readStoredConfig(store, record.id));
  }

  #link(): { linked: Linked; process: Process } {
    const { nothing, output, report, init } = this.#slots;
    const config = readStoredConfig(this.#store, this.#record.id);
    const { consoleSize: _, ...base } = config.process;
    const args = [...this.#check.test];
    const process = { ...base, args, terminal: false };
    const stdio = [nothing, output, output];
    const filter = readFilter(directoryOf(this.#store, this.#record.id));
    const linked = linkEntry(
      config,
      process,
      this.#record,
      { stdio, dieWithParent: true, filter },
      { report: report.number, init: init.number },
    );
    return { linked, process };
  }

  /** Runs the check; undefined when the container has ended, or is paused. */
  async run(agenda: Agenda): Promise<Verdict | undefined> {
    const { init, cgroups } = this.#record;
    using initFd = openPid(init.pid);
    // Opened, then compared: now the descriptor cannot mean another process.
    if (!initFd || !isAlive(init)) return undefined;
    // A process that is born frozen would keep this one waiting.
    if (openCgroup(cgroups).isFrozen()) return undefined;
    const [report, reportEnd] = pipe();
    using _report = report;
    const [output, outputEnd] = pipe();
    using _output = output;
    setNonBlocking(output.number);
    let child: Launched;
    try {
      child = this.#launch({
        report: reportEnd,
        output: outputEnd,
        init: initFd,
      });
    } finally {
      for (const end of [reportEnd, outputEnd]) end[Symbol.dispose]();
    }
    using pidfd = child.pidfd;
    const text = new Collected(output);
    using _drain = agenda.after(DRAIN, () => void text.drain(), DRAIN);
    let late = false;
    using _late = agenda.after(this.#check.timeout, () => {
      late = true;
      killTree(child.pid, () => openCgroup(cgroups).processes());
    });
    await waitFor(pidfd.number).events;
    text.finish();
    const code = reap(pidfd, { wait: true })!;
    if (late) return { code: FAILED, output: this.#describeLate(text) };
    const failure = readReport(report);
    if (!failure) return { code, output: text.text };
    const { linked, process } = this.#link();
    const { message } = await explainEntry(failure, linked, process, init);
    return { code: FAILED, output: message };
  }

  #launch(ends: { report: Fd; output: Fd; init: Fd }): Launched {
    const { cgroups, init } = this.#record;
    const { nothing, ...rest } = this.#slots;
    return this.#slots.filled(
      ends,
      () =>
        launchBeside(init.pid, this.#image, {
          cgroup: cgroups[""],
          pidNamespace: this.#joinsPid ? ends.init : undefined,
          inherit: [nothing, rest.report, rest.output, rest.init],
        }),
    );
  }

  #describeLate({ text }: Collected): string {
    const timeout = formatDuration(this.#check.timeout);
    const late = `Health check exceeded timeout (${timeout})`;
    return text === "" ? late : `${late}: ${text}`;
  }

  /** Lets go of the program; a check that runs goes on. */
  [Symbol.dispose](): void {
    this.#image[Symbol.dispose]();
  }
}

/** The beginning of what is written to a pipe. */
class Collected {
  readonly #from: Fd;
  readonly #kept = new Uint8Array(KEPT_OUTPUT);
  #length = 0;
  #wait: Readiness | undefined;
  #more = false;

  constructor(from: Fd) {
    this.#from = from;
  }

  /** Reads whenever there is something, so that who writes need not wait. */
  async drain(): Promise<void> {
    do {
      this.#wait = waitFor(this.#from.number);
      await this.#wait.events; // which do not come after the end
      this.#wait = undefined;
    } while (this.#read());
  }

  /** Reads what there is; who is left behind may write on. */
  finish(): void {
    this.#wait?.cancel();
    this.#read();
  }

  /** False at the end. */
  #read(): boolean {
    const buffer = new Uint8Array(KEPT_OUTPUT);
    for (;;) {
      const count = read(this.#from.number, buffer);
      if (count === undefined) return true;
      if (count === 0) return false;
      const room = this.#kept.subarray(this.#length);
      room.set(buffer.subarray(0, Math.min(count, room.length)));
      this.#length += Math.min(count, room.length);
      this.#more ||= count > room.length;
    }
  }

  /** As docker shows it: cut, and marked so. */
  get text(): string {
    const bytes = this.#kept.subarray(0, this.#length);
    return new TextDecoder().decode(bytes) + (this.#more ? "..." : "");
  }
}
