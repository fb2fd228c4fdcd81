/**
 * Bringing a container to life: state on disk first, so that whoever comes
 * after a crash finds what was made; then the cgroup; then init.
 *
 * @module
 */
import { readable } from "../sys/epoll.ts";
import { type Fd, O, open, pipe, read } from "../sys/fd.ts";
import { hostArch } from "../sys/numbers.ts";
import { identify, type ProcessId, reap } from "../sys/process.ts";
import { syscall } from "../sys/syscall.ts";
import { createCgroup } from "./cgroup/create.ts";
import { markOwner } from "./cgroup/owner.ts";
import { EXEC, INSTALL_FILTER } from "./emit/exec.ts";
import { type Channels, emitSteps } from "./emit/steps.ts";
import { type Linked, named, Program } from "./init/program.ts";
import { type Failure, readFailure } from "./init_report.ts";
import { launch, type Launched } from "./launch.ts";
import { destroy } from "./remove.ts";
import { lendOwn } from "./stdio.ts";
import { writeFilter } from "./seccomp/filter.ts";
import { type ContainerPlan, planContainer, type Request } from "./request.ts";
import type { Config } from "./spec.ts";
import { readInitPid } from "./status.ts";
import { newEntry, type Record, type Store, writeRecord } from "./store.ts";

/** A container that was created, and still in the hands of its creator. */
export interface Created extends Disposable {
  /** What state.json holds. */
  record: Record;
  /** The first process of the container. */
  init: ProcessId;
  /** What was asked for and could not be given. */
  warnings: string[];
  /** The child of this process: init, unless there is a supervisor. */
  child: Launched;
  /**
   * Waits for that child, and returns its exit code: 128 + n after signal n.
   * Signals to this process are not passed on, as `run` does.
   */
  wait(): Promise<number>;
}

/** The descriptors of the conversation between rkl and the program. */
interface Conversation extends Disposable {
  channels: Channels;
  inherit: Fd[];
  /** One byte when the gate is reached; the end when the program runs. */
  ready: Fd;
  failure: Fd;
  /** Closes what is the program's, so that its end shows as the end. */
  handOver(): void;
}

/**
 * Creates a container: its process waits at the gate, or already runs the
 * program if there is no gate.
 *
 * @throws {DuplicateContainerError | PlanError | CgroupError | InitError |
 *   ExecError} and nothing is left of it
 */
export async function createContainer(
  store: Store,
  request: Request,
): Promise<Created> {
  const { id, config } = request;
  using entry = newEntry(store, id);
  const directory = `${store.root}/${id}`;
  const plan = await planContainer(store, request, directory);
  prepare(entry.directory, store.root, request);
  if (plan.filter) writeFilter(entry.directory, plan.filter);
  const record: Record = {
    ociVersion: config.ociVersion,
    id,
    bundle: request.bundle,
    created: new Date().toISOString(),
    rootfs: plan.root.kind === "bind" ? plan.root.path : plan.root.lower,
    cgroups: plan.cgroup.paths,
    rows: {},
    ...(config.annotations && { annotations: config.annotations }),
    ...(request.supervisor && { supervisorRecord: request.supervisor.record }),
  };
  writeRecord(entry.directory, record);
  entry.publish();
  let cgroups: Record["cgroups"] = {};
  try {
    // One that is in use is another container's: it must not be taken apart.
    createCgroup(plan.cgroup);
    cgroups = plan.cgroup.paths;
    markOwner(cgroups, store.root);
    if (!request.supervisor && !request.console) {
      lendOwn(config, config.process.user.uid);
    }
    using conversation = converse(directory, request);
    const linked = buildProgram(plan, request, conversation.channels);
    const child = start(linked, plan, request, conversation);
    conversation.handOver();
    try {
      await reachGate(conversation, request);
      const failure = readFailure(conversation.failure);
      if (failure) throw await explain(failure, linked, plan, config);
      const pid = request.supervisor
        ? readInitPid(request.supervisor.record)
        : child.pid;
      // With a supervisor a short program may be over, and reaped, already.
      const init = identify(pid) ?? { pid, startTime: 0 };
      record.init = init;
      record.rows = execRows(linked);
      writeRecord(directory, record);
      return {
        record,
        init,
        warnings: plan.warnings,
        child,
        async wait() {
          await readable(child.pidfd.number);
          return reap(child.pidfd, { wait: true })!;
        },
        [Symbol.dispose]: () => child.pidfd[Symbol.dispose](),
      };
    } catch (error) {
      child.pidfd[Symbol.dispose]();
      throw error;
    }
  } catch (error) {
    await destroy(store, { ...record, cgroups });
    throw error;
  }
}

/** The files a container's directory starts with. */
function prepare(
  directory: string,
  parent: string,
  { config, gate }: Request,
): void {
  Deno.mkdirSync(`${directory}/rootfs`);
  Deno.writeTextFileSync(`${directory}/config.json`, JSON.stringify(config), {
    mode: 0o600,
  });
  if (config.linux?.namespaces?.some(({ type }) => type === "user")) {
    // Its root is another user of the host, and has to get to `rootfs`.
    for (const path of [directory, parent]) Deno.chmodSync(path, 0o711);
  }
  if (!gate) return;
  const S_IFIFO = 0o010000;
  syscall("mknodat", -100, `${directory}/start`, S_IFIFO | 0o600, 0);
}

function converse(
  directory: string,
  { gate, console, supervisor }: Request,
): Conversation {
  const failure = open(`${directory}/failure`, O.RDWR | O.CREAT);
  const [ready, readyWrite] = pipe();
  // Opened for both, so that neither side waits for the other in open(2).
  const start = gate ? open(`${directory}/start`, O.RDWR) : undefined;
  const own = [readyWrite, ...(start ? [start] : [])];
  const channels: Channels = {
    report: named(failure.number, "FAILURE"),
    ready: named(readyWrite.number, "READY"),
    gate: named(start?.number ?? -1, "START"),
    console: named(console?.number ?? -1, "CONSOLE"),
    init: -1,
    ...(supervisor && { stdio: supervisor.stdio }),
  };
  return {
    channels,
    inherit: [
      failure,
      ...own,
      ...(console ? [console] : []),
      ...(supervisor?.inherit ?? []),
    ],
    ready,
    failure,
    handOver: () => own.forEach((fd) => fd[Symbol.dispose]()),
    [Symbol.dispose]() {
      for (const fd of [failure, ready, ...own]) fd[Symbol.dispose]();
    },
  };
}

/** The program: the supervisor's rows, if there is one, then init's. */
export function buildProgram(
  plan: ContainerPlan,
  { supervisor }: Request,
  channels: Channels,
): Linked {
  const program = new Program();
  const { namespaces, steps } = plan.init;
  if (supervisor) {
    const init = program.label();
    supervisor.emit(program, {
      cloneFlags: namespaces.cloneFlags,
      cgroup: plan.cgroup.into,
      pidNamespace: pathOf(plan, "pid"),
      init,
      ready: channels.ready,
      report: channels.report,
    });
    program.place(init);
  }
  emitSteps(program, steps, channels);
  return program.link(hostArch());
}

function start(
  { elf }: Linked,
  plan: ContainerPlan,
  request: Request,
  { inherit }: Conversation,
): Launched {
  // A supervisor stays where rkl is; only the init it clones is contained.
  if (request.supervisor) return launch(elf, { inherit });
  const { uidMappings, gidMappings } = request.config.linux ?? {};
  const { cloneFlags, isNew } = plan.init.namespaces;
  const pidPath = pathOf(plan, "pid");
  using pidNamespace = pidPath ? open(pidPath) : undefined;
  return launch(elf, {
    inherit,
    cloneFlags,
    cgroup: plan.cgroup.into,
    pidNamespace,
    ...(isNew("user") && {
      uidMappings,
      gidMappings,
      enterCgroups: plan.cgroup.join,
    }),
  });
}

function pathOf(plan: ContainerPlan, type: string): string | undefined {
  return plan.init.namespaces.joined.find((join) => join.type === type)?.path;
}

/**
 * Waits until init is at the gate, runs the program, or has failed. With a
 * supervisor there are two to hear from: it says "M" once init is recorded.
 */
async function reachGate(
  { ready }: Conversation,
  { gate, supervisor }: Request,
): Promise<void> {
  const awaited = new Set([
    ...(gate ? ["R"] : []),
    ...(supervisor ? ["M"] : []),
  ]);
  const buffer = new Uint8Array(2);
  for (;;) {
    await readable(ready.number);
    const count = read(ready.number, buffer) ?? 0;
    if (count === 0) return;
    for (const byte of buffer.subarray(0, count)) {
      awaited.delete(String.fromCharCode(byte));
    }
    if (gate && awaited.size === 0) return;
  }
}

/** What knows errors is loaded for those alone who have one. */
async function explain(
  failure: Failure,
  linked: Linked,
  plan: ContainerPlan,
  { process, mounts }: Config,
): Promise<Error> {
  const { explainFailure } = await import("./init_failure.ts");
  const row = linked.rows[failure.row];
  const { root } = plan;
  return explainFailure(row?.what ?? row?.text ?? "run init", failure.errno, {
    rootfs: root.kind === "bind" ? root.path : root.lower,
    process,
    mounts,
  }, row?.text);
}

/** What `start` has to know to explain a failure after the gate. */
function execRows(linked: Linked): Record["rows"] {
  return Object.fromEntries(
    linked.rows.flatMap(({ what }, index) =>
      what?.startsWith(EXEC) || what === INSTALL_FILTER ? [[index, what]] : []
    ),
  );
}
