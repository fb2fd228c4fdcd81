/**
 * The files of a container as it sees them, or would: a process of rows enters
 * or makes the mounts, and keeps them as long as somebody looks. Nothing is
 * mounted where others see it, and all goes with that process, which ends when
 * this one does.
 *
 * @module
 */
import { readable } from "../sys/epoll.ts";
import { type Fd, O, open, pipe, read, tryOpen } from "../sys/fd.ts";
import { hostArch } from "../sys/numbers.ts";
import { isAlive, openPid, type ProcessId, reap } from "../sys/process.ts";
import { emitSteps } from "./emit/steps.ts";
import { named, Program } from "./init/program.ts";
import { InitError } from "./init_failure.ts";
import { launch, type LaunchOptions } from "./launch.ts";
import { MS } from "./mount_options.ts";
import { planBinds } from "./mounts.ts";
import { CLONE } from "./namespaces.ts";
import { isDirectoryAt } from "./request.ts";
import type { Mount } from "./spec.ts";
import type { RootSource, Step } from "./steps.ts";

/** A container's files, until disposed of. */
export interface View extends Disposable {
  /** Its root directory; paths are looked up below it with RESOLVE_IN_ROOT. */
  readonly root: Fd;
}

/**
 * What a running container sees, with all that is mounted; undefined when it has
 * ended.
 */
export function viewRunning(init: ProcessId): View | undefined {
  const root = tryOpen(`/proc/${init.pid}/root`, O.PATH | O.DIRECTORY);
  if (!root) return undefined;
  // Opened first, looked at after: then the pid cannot be another's.
  if (isAlive(init)) {
    return { root, [Symbol.dispose]: () => root[Symbol.dispose]() };
  }
  root[Symbol.dispose]();
  return undefined;
}

/**
 * The root filesystem of a running container, without what is mounted in it.
 *
 * @throws {InitError}
 */
export async function viewBare({ pid }: ProcessId): Promise<View> {
  using init = openPid(pid);
  return await keep(
    [
      { op: "enterContainer", flags: CLONE.NEWNS, root: `/proc/${pid}/root` },
      { op: "bareRoot" },
    ],
    {},
    init,
  );
}

/** The files of a container that does not run. */
export interface Resting {
  readonly source: RootSource;
  readonly readonly: boolean;
  /** Those of its mounts that are there without it. */
  readonly mounts: readonly Mount[];
  readonly subPaths: Readonly<Record<string, string>>;
  /** A directory to mount over, which only the process sees covered. */
  readonly at: string;
}

/**
 * What a container that does not run would see.
 *
 * @throws {InitError | PlanError}
 */
export async function viewResting(resting: Resting): Promise<View> {
  const { source, at, mounts, subPaths } = resting;
  const binds = planBinds(mounts, {
    bundle: "/",
    isDirectory: isDirectoryAt,
    subPaths,
  });
  return await keep(
    [
      { op: "propagation", flags: MS.PRIVATE | MS.REC },
      { op: "root", source, at, flags: 0 },
      ...binds,
      ...(resting.readonly
        ? [{ op: "readonlyMount", target: "/" } as const]
        : []),
      { op: "pivotRoot" },
    ],
    { cloneFlags: CLONE.NEWNS },
  );
}

/** Has a process take the steps, and opens its root. */
async function keep(
  steps: readonly Step[],
  options: Omit<LaunchOptions, "inherit">,
  init?: Fd,
): Promise<View> {
  const [answer, told] = pipe();
  using _answer = answer;
  const [gate, hold] = pipe();
  const program = new Program();
  emitSteps(program, [...steps, { op: "hold" }], {
    report: named(told.number, "REPORT"),
    ready: named(told.number, "READY"),
    gate: named(gate.number, "GATE"),
    console: -1,
    init: named(init?.number ?? -1, "INIT"),
  });
  const linked = program.link(hostArch());
  const inherit = [told, gate, ...(init ? [init] : [])];
  const child = launch(linked.elf, { ...options, inherit });
  told[Symbol.dispose]();
  gate[Symbol.dispose]();
  const end = () => {
    hold[Symbol.dispose]();
    reap(child.pidfd, { wait: true });
    child.pidfd[Symbol.dispose]();
  };
  try {
    const report = new Uint32Array(2);
    const bytes = new Uint8Array(report.buffer);
    await readable(answer.number);
    if (read(answer.number, bytes) !== 1) {
      const what = linked.rows[report[0]!]?.what ?? "look at the files";
      throw new InitError(what, report[1]!);
    }
    const root = open(`/proc/${child.pid}/root`, O.PATH | O.DIRECTORY);
    return {
      root,
      [Symbol.dispose]() {
        root[Symbol.dispose]();
        end();
      },
    };
  } catch (error) {
    end();
    throw error;
  }
}
