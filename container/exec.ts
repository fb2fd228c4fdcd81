/**
 * One more process in a container, with the user's terminal or streams.
 *
 * @module
 */
import { waitFor } from "../sys/epoll.ts";
import { type Fd, ioctl, pipe, read, setNonBlocking } from "../sys/fd.ts";
import { viewOf } from "../sys/memory.ts";
import {
  isEnding,
  openProcess,
  type ProcessId,
  reap,
  SIGKILL,
  signalPidfd,
} from "../sys/process.ts";
import { Stop } from "../sys/stop.ts";
import { catchSignals } from "../runtime/caught_signals.ts";
import {
  DEFAULT_DETACH_KEYS,
  type DetachKeys,
} from "../runtime/detach_keys.ts";
import { enter, type Entrance } from "../runtime/exec.ts";
import {
  attend,
  firstOf,
  type Outcome,
  ownTerminal,
} from "../runtime/foreground.ts";
import { pumpInput } from "../runtime/input.ts";
import type { Launched } from "../runtime/launch.ts";
import { StatusError } from "../runtime/refusals.ts";
import { openNull } from "../runtime/stdio.ts";
import { writeOut } from "../runtime/output.ts";
import { userWindow } from "../runtime/relay.ts";
import type { Process } from "../runtime/spec.ts";
import type { Record, Store } from "../runtime/store.ts";
import { type ExecWishes, planExec } from "./exec_plan.ts";
import { find } from "./find.ts";
import { noteExec } from "./journal/exec.ts";
import { unlessEnded } from "./meanwhile.ts";
import { lookUp } from "./users.ts";

/** What a pipe holds unless it was made larger, and so one read may get. */
const PIPE_CAPACITY = 64 * 1024;

/** Options of `rkl container exec`. */
export interface ExecOptions extends ExecWishes {
  /** Pass on the stdin of this process. */
  interactive?: boolean;
  /** Do not wait for it. */
  detach?: boolean;
  /** By default Ctrl-P Ctrl-Q. They are for terminals. */
  detachKeys?: DetachKeys;
  /** Told that the user has detached. */
  detached?: () => void;
  /** Told what was asked for and could not be given. */
  warn?: (message: string) => void;
}

/**
 * Runs a process in a container. Returns its exit code, 128 + n after signal
 * n; or rkl's own when the user leaves it, 0 when detached.
 *
 * @throws {NoSuchContainerError | StatusError | PlanError | ExecError}
 */
export async function execContainer(
  store: Store,
  name: string,
  options: ExecOptions,
): Promise<number> {
  const { container, record, status } = await find(store, name);
  if (!record?.init || status === "stopped" || status === "paused") {
    const hint = status === "paused" ? "unpause it first" : "start it first";
    throw new StatusError("exec in", name, status, hint);
  }
  // As it is by now: programs in there may have added users.
  const root = `/proc/${record.init.pid}/root`;
  const process = planExec(
    container.config.process,
    options,
    (user) => lookUp(root, user),
  );
  const noted = noteExec(store, container, process.args, options.warn);
  const outcome = await unlessEnded(
    "exec in",
    name,
    () =>
      options.tty
        ? withTerminal(store, record, process, options)
        : withPipes(store, record, process, options),
  );
  if (outcome.kind === "ended" && !options.detach) noted.ended(outcome.code);
  if (outcome.kind !== "detached") return outcome.code;
  if (!options.detach) options.detached?.();
  return 0;
}

async function withTerminal(
  store: Store,
  record: Record,
  process: Process,
  options: ExecOptions,
): Promise<Outcome> {
  const { interactive, detach, warn } = options;
  using terminal = ownTerminal();
  const size = detach ? undefined : userWindow();
  const sized = size ? { ...process, consoleSize: size } : process;
  using signals = detach ? undefined : catchSignals({ pass: "none" });
  const child = await enterLive(store, record, sized, {
    console: terminal.socket,
    ...(warn && { warn }),
  });
  using pidfd = child.pidfd;
  using _end = endWith(record.init!, pidfd);
  const master = terminal.receive();
  const outcome: Outcome = signals
    ? await attend(pidfd, signals, {
      master,
      tie: {
        input: interactive ?? false,
        detachKeys: options.detachKeys ?? DEFAULT_DETACH_KEYS,
      },
    })
    : { kind: "detached" };
  if (outcome.kind === "detached" && master) {
    const { keepTerminal } = await import("./terminal_keeper.ts");
    keepTerminal(master);
  }
  return outcome;
}

/** The container gets pipes, never the descriptors of the host's own files. */
async function withPipes(
  store: Store,
  record: Record,
  process: Process,
  { interactive, detach, warn }: ExecOptions,
): Promise<Outcome> {
  using nothing = openNull();
  if (detach) {
    const child = await enterLive(store, record, process, {
      stdio: [nothing, nothing, nothing],
      ...(warn && { warn }),
    });
    child.pidfd[Symbol.dispose]();
    return { kind: "detached" };
  }
  using stack = new DisposableStack();
  const [stdout, stdoutEnd] = own(stack, pipe());
  const [stderr, stderrEnd] = own(stack, pipe());
  const [stdinEnd, stdin] = own(stack, pipe());
  using signals = catchSignals({ pass: "until it is too much" });
  const child = await enterLive(store, record, process, {
    stdio: [interactive ? stdinEnd : nothing, stdoutEnd, stderrEnd],
    ...(warn && { warn }),
  });
  const pidfd = stack.use(child.pidfd);
  stack.use(endWith(record.init!, pidfd));
  for (const end of [stdinEnd, stdoutEnd, stderrEnd]) end[Symbol.dispose]();
  signals.passTo(pidfd);
  const input = interactive
    ? pumpInput(stdin, { ended: () => stdin[Symbol.dispose]() })
    : undefined;
  try {
    const outputs = [copyPipe(stdout, 1), copyPipe(stderr, 2)];
    const gone = waitFor(pidfd.number).events
      .then(() => outputs.forEach((output) => output.finish()));
    const ended = Promise.all([gone, ...outputs.map(({ done }) => done)])
      .then((): Outcome => ({
        kind: "ended",
        code: reap(pidfd, { wait: true })!,
      }));
    return await firstOf(ended, signals);
  } finally {
    input?.cancel();
  }
}

/** As {@linkcode enter}; of what fails because the container ended, says so. */
async function enterLive(
  store: Store,
  record: Record,
  process: Process,
  entrance: Entrance,
): Promise<Launched> {
  try {
    return await enter(store, record, process, entrance);
  } catch (error) {
    const { ExecError } = await import("../runtime/init_failure.ts");
    if (error instanceof ExecError || error instanceof StatusError) throw error;
    // Init lets go of what it has some time before it is gone.
    if (!isEnding(record.init!)) throw error;
    throw new StatusError("exec in", record.id, "stopped", "start it first");
  }
}

/**
 * Has a process end with its container's init. The kernel sees to that where
 * the container has a pid namespace of its own.
 */
function endWith(init: ProcessId, process: Fd): Disposable {
  const initFd = openProcess(init);
  const kill = () => void signalPidfd(process, SIGKILL);
  if (!initFd) {
    kill();
    return { [Symbol.dispose]() {} };
  }
  const end = waitFor(initFd.number);
  end.events.then(kill);
  return {
    [Symbol.dispose]() {
      end.cancel();
      initFd[Symbol.dispose]();
    },
  };
}

function own<T extends Disposable[]>(stack: DisposableStack, fds: T): T {
  for (const fd of fds) stack.use(fd);
  return fds;
}

/** One of the process's outputs on its way. */
interface Copying {
  /** Resolves when all was copied. */
  readonly done: Promise<void>;
  /** Copies what is there now and no more. */
  finish(): void;
}

/**
 * Copies a pipe to a descriptor of this process until it ends, or to what was
 * written by now: a process left behind may hold the other end.
 */
function copyPipe(from: Fd, to: number): Copying {
  const buffer = new Uint8Array(PIPE_CAPACITY);
  const stop = new Stop();
  setNonBlocking(from.number);
  const run = async () => {
    for (let left = Infinity;;) {
      if (stop.called) left = Math.min(left, unread(from));
      const count = read(from.number, buffer.subarray(0, left));
      if (count === 0) return;
      if (count !== undefined) {
        left -= count;
        await writeOut(to, buffer.subarray(0, count));
        continue;
      }
      const waiting = waitFor(from.number);
      await stop.or(waiting.events);
      waiting.cancel();
    }
  };
  return { done: run(), finish: () => stop.call() };
}

/** How many bytes are in a pipe now. */
function unread({ number }: Fd): number {
  const FIONREAD = 0x541b; // asm-generic/ioctls.h
  const bytes = new Uint8Array(4);
  ioctl(number, FIONREAD, bytes);
  return viewOf(bytes).getInt32(0, true);
}
