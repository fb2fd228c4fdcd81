/**
 * Running health checks: one more process in a container, again and again. Its
 * program of rows is made once for each life of the container, and executed
 * anew for each check.
 *
 * @module
 */
import { type Readiness, waitFor } from "../../sys/epoll.ts";
import {
  eventCounter,
  type Fd,
  pipe,
  read,
  setNonBlocking,
} from "../../sys/fd.ts";
import { join } from "../../sys/memory.ts";
import { type ProcessId, reap } from "../../sys/process.ts";
import { killTree } from "../../sys/process_tree.ts";
import { openCgroup } from "../../runtime/cgroup/cgroup.ts";
import { KeptFreezer } from "../../runtime/cgroup/freezer.ts";
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

/** Every read of output goes here; what is kept of it is copied. */
const buffer = new Uint8Array(KEPT_OUTPUT);
const decoder = new TextDecoder();

/** What a check said. */
export interface Verdict {
  readonly code: number;
  readonly output: string;
}

/** A container that runs. */
type Running = Record & { readonly init: ProcessId };

/** The check of one life of a container. */
export class Probe implements Disposable {
  readonly #store: Store;
  readonly #record: Running;
  readonly #check: Healthcheck;
  readonly #slots: Slots;
  readonly #open: DisposableStack;
  readonly #freezer: KeptFreezer;
  readonly #init: Fd;
  /** Empty but between the failure of a check and its end. */
  readonly #report: Fd;
  readonly #image: Fd;
  readonly #joinsPid: boolean;

  /** Makes the program. `init` is a pidfd, which becomes its own. */
  constructor(
    store: Store,
    record: Running,
    init: Fd,
    check: Healthcheck,
    slots: Slots,
  ) {
    this.#store = store;
    this.#record = record;
    this.#check = check;
    this.#slots = slots;
    using open = new DisposableStack();
    this.#init = open.use(init);
    this.#report = open.use(eventCounter());
    this.#freezer = open.use(new KeptFreezer(record.cgroups));
    this.#image = open.use(makeImage(this.#link().linked.elf));
    this.#joinsPid = joinsPid(readStoredConfig(store, record.id));
    this.#open = open.move();
  }

  #link(): { linked: Linked; process: Process } {
    const { nothing, output } = this.#slots;
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
      { report: this.#report.number, init: this.#init.number },
    );
    return { linked, process };
  }

  /**
   * Runs the check; undefined when the container is paused. When it has ended,
   * this fails in one way or another.
   */
  async run(agenda: Agenda): Promise<Verdict | undefined> {
    const { init, cgroups } = this.#record;
    // A process that is born frozen would keep this one waiting.
    if (this.#freezer.isFrozen()) return undefined;
    const [output, outputEnd] = pipe();
    using _output = output;
    setNonBlocking(output.number);
    const child = this.#launch(outputEnd);
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
    if (this.#open.disposed) return undefined;
    const failure = code === 0 ? undefined : readReport(this.#report);
    if (late) return { code: FAILED, output: this.#describeLate(text) };
    if (!failure) return { code, output: text.text };
    const { linked, process } = this.#link();
    const { message } = await explainEntry(failure, linked, process, init);
    return { code: FAILED, output: message };
  }

  #launch(output: Fd): Launched {
    using _output = output;
    const { cgroups, init } = this.#record;
    return this.#slots.filled(
      output,
      () =>
        launchBeside(init.pid, this.#image, {
          cgroup: cgroups[""],
          pidNamespace: this.#joinsPid ? this.#init : undefined,
          inherit: [this.#slots.nothing, this.#report, this.#init],
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
    this.#open.dispose();
  }
}

/** The beginning of what is written to a pipe. */
class Collected {
  readonly #from: Fd;
  readonly #kept: Uint8Array[] = [];
  #room = KEPT_OUTPUT;
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
    for (;;) {
      const count = read(this.#from.number, buffer);
      if (count === undefined) return true;
      if (count === 0) return false;
      const kept = buffer.slice(0, Math.min(count, this.#room));
      this.#kept.push(kept);
      this.#room -= kept.length;
      this.#more ||= count > kept.length;
    }
  }

  /** As docker shows it: cut, and marked so. */
  get text(): string {
    if (this.#kept.length === 0) return "";
    return decoder.decode(join(this.#kept)) + (this.#more ? "..." : "");
  }
}
