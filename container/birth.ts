/**
 * A container coming to life: pipes or a terminal, the monitor, and the
 * runtime's creation under it.
 *
 * @module
 */
import { exists } from "../sys/entry.ts";
import { type Fd, O, open, pipe, setNonBlocking } from "../sys/fd.ts";
import { hostArch } from "../sys/numbers.ts";
import { reap } from "../sys/process.ts";
import { socketPair } from "../sys/socket.ts";
import { createContainer as createInit } from "../runtime/create.ts";
import { makeImage } from "../runtime/launch.ts";
import { lend, openNull } from "../runtime/stdio.ts";
import type { Request } from "../runtime/request.ts";
import type { RootSource } from "../runtime/steps.ts";
import type { Store } from "../runtime/store.ts";
import { journalFile } from "./journal/journal.ts";
import { beginLife, cancelLife, deathFile } from "./journal/death.ts";
import { noteEnd, noteStart } from "./journal/life.ts";
import type { Attended } from "./attach.ts";
import { prepareLog } from "./log/beginning.ts";
import type { LogReader } from "./log/reader.ts";
import { monitor, type MonitorFiles } from "./monitor/monitor.ts";
import { monitorLoop } from "./monitor/loop.ts";
import { reserveNumbers } from "./monitor/numbers.ts";
import { keep } from "./daemon_poke.ts";
import { connectAndStart, prepareNetwork } from "./network/start.ts";
import { withSharedNamespaces } from "./shared.ts";
import { fitToKernel } from "./security.ts";
import {
  type Container,
  containerDirectory,
  identifyMonitor,
  logDirectory,
  markReady,
  readExitFrom,
} from "./store.ts";

/** How a container is brought to life. */
export interface BirthOptions {
  /** Wait for `start` before the program runs. */
  gate: boolean;
  /** The caller is the daemon, and needs not be told. */
  watched?: boolean;
  /** The caller attends to it, and holds its stdin if it has one. */
  attach?: { stdin: boolean } | undefined;
  warn?: ((message: string) => void) | undefined;
}

/** A container that lives, and what its creator holds of it. */
export interface Born extends Attended, Disposable {}

/**
 * Brings a container to life. The caller holds its lock; on failure nothing of
 * the runtime is left, the container's directory is the caller's to remove.
 *
 * @throws as {@linkcode createInit}
 */
export async function bringToLife(
  store: Store,
  container: Container,
  options: BirthOptions,
): Promise<Born> {
  const directory = containerDirectory(store, container.id);
  reserveNumbers();
  const fds: Fd[] = [];
  const own = <T extends Fd[]>(...opened: T): T => {
    fds.push(...opened);
    return opened;
  };
  // Of an earlier life only the log stays. Who still reads how that ended has
  // its record open.
  await noteEnd(store, container, options.warn);
  const path = `${directory}/record`;
  if (exists(path)) Deno.removeSync(path);
  const [record] = own(open(path, O.RDWR | O.CREAT));
  let log: LogReader | undefined;
  try {
    const logs = logDirectory(store, container.id);
    using written = prepareLog(logs, container.logging);
    // Before there is a monitor, which would not wait for it.
    const following = options.attach && await import("./log/follow.ts");
    log = following?.readFromHere(logs, written);
    const files = openFiles(
      container,
      {
        log: written,
        record,
        recordPath: `${directory}/record`,
        end: {
          prepared: deathFile(store, container.id),
          journal: journalFile(store),
        },
      },
      options,
      own,
    );
    const shared = await withSharedNamespaces(store, container);
    const network = await prepareNetwork(store, shared, options);
    const gate = options.gate || network.place !== undefined;
    if (gate) cancelLife(store, container.id);
    else beginLife(store, container.id);
    using daemon = network.daemon;
    const ports = own(...network.ports ?? []);
    const fitted = await fitToKernel(
      { ...container, config: network.config },
      options.warn,
    );
    const { elf } = monitorLoop(files.monitor).link(hostArch());
    const [loop] = own(makeImage(elf));
    using created = await createInit(
      store,
      containerRequest(store, { ...container, config: fitted.config }, {
        builtinSeccomp: fitted.builtinSeccomp,
        gate,
        supervisor: monitor({ ...files.monitor, ports, loop }),
        ...(files.console && { console: files.console }),
      }),
    ).catch((error) => {
      cancelLife(store, container.id);
      throw error;
    });
    created.warnings.forEach((warning) => options.warn?.(warning));
    if (!gate) await noteStart(store, container, options.warn);
    // The monitor's parent has nothing more to do and ends at once.
    reap(created.child.pidfd, { wait: true });
    const monitorId = identifyMonitor(readExitFrom(record)!);
    markReady(store, container.id, monitorId);
    const { place } = network;
    let netns: Fd | undefined;
    if (place && daemon && !options.gate) {
      const { warn } = options;
      netns = await connectAndStart(store, container, place, daemon, warn);
      if (netns) own(netns);
    } else if (!options.gate && !options.watched) {
      await keep(store, container, options.warn, daemon);
    }
    const { stdin, wake } = files;
    const kept = new Set(
      [record, stdin, wake, netns].filter((fd) => fd !== undefined),
    );
    for (const fd of fds) if (!kept.has(fd)) fd[Symbol.dispose]();
    return {
      init: created.init,
      monitor: monitorId,
      record,
      stdin,
      netns,
      output: (stop) => following!.followWoken(log!, wake!, stop),
      [Symbol.dispose]() {
        kept.forEach((fd) => fd[Symbol.dispose]());
        log?.[Symbol.dispose]();
      },
    };
  } catch (error) {
    for (const fd of fds) fd[Symbol.dispose]();
    log?.[Symbol.dispose]();
    throw error;
  }
}

/** What the runtime is asked to create for a container. */
export function containerRequest(
  store: Store,
  container: Container,
  rest: Pick<
    Request,
    "gate" | "supervisor" | "console" | "builtinSeccomp"
  >,
): Request {
  const { id, config, image, init } = container;
  const subPaths = subPathsOf(container);
  return {
    id,
    bundle: image,
    config,
    root: rootSource(store, container),
    ...(init && { reaper: true }),
    subPaths,
    ...rest,
  };
}

/** What of the sources of bind mounts is bound, by their destinations. */
export function subPathsOf(
  { mounts = [] }: Container,
): Record<string, string> {
  return Object.fromEntries(
    mounts.flatMap(({ destination, subPath }) =>
      subPath === undefined ? [] : [[destination, subPath]]
    ),
  );
}

/** Where the root filesystem of a container comes from. */
export function rootSource(
  store: Store,
  { id, config, overlay, autoRemove }: Container,
): RootSource {
  const { path } = config.root;
  if (!overlay) return { kind: "bind", path };
  const directory = containerDirectory(store, id);
  return {
    kind: "overlay",
    lower: path,
    upper: `${directory}/upper`,
    work: `${directory}/work`,
    volatile: autoRemove,
  };
}

/** The monitor's files; those the caller keeps are told apart. */
function openFiles(
  { config, stdin, stdinOnce }: Container,
  files: Pick<MonitorFiles, "log" | "record" | "recordPath" | "end">,
  { attach }: BirthOptions,
  own: <T extends Fd[]>(...opened: T) => T,
): {
  monitor: Omit<MonitorFiles, "loop">;
  console?: Fd;
  stdin?: Fd;
  wake?: Fd;
} {
  const [wake, wakeWriter] = attach ? own(...pipe()) : [];
  if (wakeWriter) setNonBlocking(wakeWriter.number);
  const base = { ...files, ...(wakeWriter && { wake: wakeWriter }) };
  const kept = wake ? { wake } : {};
  if (config.process.terminal) {
    const [ours, theirs] = own(...socketPair());
    const [nothing] = own(openNull());
    return {
      monitor: { ...base, stdin: nothing, terminal: { ours, theirs } },
      console: theirs,
      ...kept,
    };
  }
  const output = {
    stdout: own(...pipe()) as [Fd, Fd],
    stderr: own(...pipe()) as [Fd, Fd],
  };
  const { uid } = config.process.user;
  lend([output.stdout[1].number, output.stderr[1].number], config, uid);
  if (!stdin) {
    const [nothing] = own(openNull());
    return { monitor: { ...base, stdin: nothing, output }, ...kept };
  }
  const [reader, writer] = own(...pipe()) as [Fd, Fd];
  lend([reader.number], config, uid);
  const [stdinPipe] = own(open(`/proc/self/fd/${writer.number}`, O.PATH));
  const passed = attach?.stdin ?? false;
  return {
    monitor: {
      ...base,
      stdin: reader,
      output,
      stdinPipe,
      ...(!(passed && stdinOnce) && { stdinWriter: writer }),
    },
    ...(passed && { stdin: writer }),
    ...kept,
  };
}
