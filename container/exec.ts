/**
 * One more process in a container, with the user's terminal or streams.
 *
 * @module
 */
import { type Readiness, waitFor } from "../sys/epoll.ts";
import { type Fd, open, pipe, read, setNonBlocking } from "../sys/fd.ts";
import { reap } from "../sys/process.ts";
import { enter } from "../runtime/exec.ts";
import {
  attend,
  catchSignals,
  ownTerminal,
  userWindow,
} from "../runtime/foreground.ts";
import { pumpInput, writeOut } from "../runtime/relay.ts";
import { StatusError } from "../runtime/lifecycle.ts";
import type { Process } from "../runtime/spec.ts";
import type { Record, Store } from "../runtime/store.ts";
import { find } from "./find.ts";
import { lookUp } from "./users.ts";

/** Options of `rkl container exec`. */
export interface ExecOptions {
  /** The program and its arguments. */
  args: readonly string[];
  /** `NAME=value`, over the container's. */
  env?: readonly string[];
  /** `USER[:GROUP]`, names or ids. */
  user?: string;
  /** An absolute path in the container. */
  workdir?: string;
  /** Pass on the stdin of this process. */
  interactive?: boolean;
  /** Give it a terminal, which is that of this process. */
  tty?: boolean;
  /** Do not wait for it. */
  detach?: boolean;
  /** Told what was asked for and could not be given. */
  warn?: (message: string) => void;
}

/**
 * Runs a process in a container. Returns its exit code, 128 + n after signal
 * n; 0 at once when detached.
 *
 * @throws {NoSuchContainerError | StatusError | ExecError}
 */
export async function execContainer(
  store: Store,
  name: string,
  options: ExecOptions,
): Promise<number> {
  const { container, record, status } = await find(store, name);
  if (!record || status === "stopped") {
    throw new StatusError("exec in", name, status, "start it first");
  }
  const process = planExec(container.config.process, record.rootfs, options);
  if (options.tty && !options.detach) {
    return await withTerminal(store, record, process, options);
  }
  return await withPipes(store, record, process, options);
}

/** The container's process, with what was asked for instead. */
function planExec(
  base: Process,
  rootfs: string,
  options: ExecOptions,
): Process {
  const { consoleSize: _, ...rest } = base;
  const identity = options.user === undefined
    ? undefined
    : lookUp(rootfs, options.user);
  const { tty, detach } = options;
  const env = new Map(
    [
      ...base.env,
      ...(tty ? ["TERM=xterm"] : []),
      ...(identity ? [`HOME=${identity.home ?? "/"}`] : []),
      ...options.env ?? [],
    ].map((entry) => [entry.slice(0, entry.indexOf("=")), entry]),
  );
  return {
    ...rest,
    args: [...options.args],
    env: [...env.values()],
    cwd: options.workdir ?? base.cwd,
    terminal: Boolean(tty && !detach),
    ...(identity && {
      user: {
        ...base.user,
        uid: identity.uid,
        gid: identity.gid,
        additionalGids: identity.groups,
      },
    }),
  };
}

async function withTerminal(
  store: Store,
  record: Record,
  process: Process,
  { warn }: ExecOptions,
): Promise<number> {
  using terminal = ownTerminal();
  const size = userWindow();
  const sized = size ? { ...process, consoleSize: size } : process;
  using signals = catchSignals(true);
  const child = await enter(store, record, sized, {
    console: terminal.socket,
    ...(warn && { warn }),
  });
  using pidfd = child.pidfd;
  return await attend(pidfd, terminal, signals);
}

/** The container gets pipes, never the descriptors of the host's own files. */
async function withPipes(
  store: Store,
  record: Record,
  process: Process,
  { interactive, detach, warn }: ExecOptions,
): Promise<number> {
  const [stdout, stdoutEnd] = pipe();
  const [stderr, stderrEnd] = pipe();
  const [stdinEnd, stdin] = pipe();
  using nothing = open("/dev/null", 2);
  using signals = detach ? undefined : catchSignals(false);
  try {
    const child = await enter(store, record, process, {
      stdio: detach
        ? [nothing, nothing, nothing]
        : [interactive ? stdinEnd : nothing, stdoutEnd, stderrEnd],
      ...(warn && { warn }),
    });
    using pidfd = child.pidfd;
    if (!signals) return 0;
    for (const end of [stdinEnd, stdoutEnd, stderrEnd]) end[Symbol.dispose]();
    signals.passTo(pidfd);
    const input = interactive
      ? pumpInput(stdin, () => stdin[Symbol.dispose]())
      : undefined;
    const outputs = [copyPipe(stdout, 1), copyPipe(stderr, 2)];
    await waitFor(pidfd.number).events;
    input?.cancel();
    await Promise.all(outputs.map((output) => output.finish()));
    return reap(pidfd, { wait: true })!;
  } finally {
    for (const fd of [stdout, stdoutEnd, stderr, stderrEnd, stdin, stdinEnd]) {
      fd[Symbol.dispose]();
    }
  }
}

/**
 * Copies a pipe to a descriptor of this process until it ends. `finish` takes
 * what is there now and no more: a process left behind may hold the other end.
 */
function copyPipe(from: Fd, to: number): { finish(): Promise<void> } {
  const buffer = new Uint8Array(32 * 1024);
  let waiting: Readiness | undefined;
  let finishing = false;
  setNonBlocking(from.number);
  const run = async () => {
    for (;;) {
      const count = read(from.number, buffer);
      if (count === 0) return;
      if (count === undefined) {
        if (finishing) return;
        waiting = waitFor(from.number);
        await Promise.race([waiting.events, stop.promise]);
        waiting.cancel();
        continue;
      }
      await writeOut(to, buffer.subarray(0, count));
    }
  };
  const stop = Promise.withResolvers<void>();
  const done = run();
  return {
    finish() {
      finishing = true;
      stop.resolve();
      return done;
    },
  };
}
