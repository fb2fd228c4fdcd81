/**
 * Attaching to containers that are there: one that runs, or one that is started
 * for it.
 *
 * @module
 */
import { open } from "../sys/fd.ts";
import { StatusError } from "../runtime/refusals.ts";
import type { Store } from "../runtime/store.ts";
import type { Attended } from "./attach.ts";
import { find, type Found } from "./find.ts";
import { revive } from "./start.ts";
import { joinLog } from "./log/follow.ts";
import { followLog } from "./log/follow.ts";
import { takeStdin } from "./monitor/descriptors.ts";
import { holdNetns } from "./network/ending.ts";
import { startCreated } from "./network/start.ts";
import { catchSignalsFor, type StayOptions, stayWith } from "./stay.ts";
import { containerDirectory, logDirectory, readMonitor } from "./store.ts";
import { passesStdin } from "./streams.ts";

/**
 * Attaches to a container that runs: its output from now on, and its stdin if
 * it has one. Returns its exit code, 128 + n after signal n; or rkl's own when
 * the user leaves it running, 0 after the keys to detach.
 *
 * @throws {NoSuchContainerError | StatusError}
 */
export async function attachContainer(
  store: Store,
  name: string,
  options: StayOptions = {},
): Promise<number> {
  const found = await find(store, name);
  const { container, status } = found;
  using signals = catchSignalsFor(container, options);
  if (status !== "running") {
    const hint = status === "paused" ? "unpause it first" : "start it first";
    throw new StatusError("attach to", name, status, hint);
  }
  using joined = await join(store, found, options);
  const stay = { signals, redraw: true };
  return await stayWith(store, container, joined, stay, options);
}

/**
 * Starts a container that was created or has ended, and stays with it, from
 * before it writes or reads anything. One that runs is attached to.
 *
 * @throws {NoSuchContainerError | StatusError | ExecError}
 */
export async function startAttached(
  store: Store,
  name: string,
  options: StayOptions = {},
): Promise<number> {
  const found = await find(store, name);
  const { container, status } = found;
  if (status === "running") {
    return await attachContainer(store, container.id, options);
  }
  using signals = catchSignalsFor(container, options);
  using attended = await startBeside(store, found, options);
  if (!attended) return await attachContainer(store, container.id, options);
  return await stayWith(store, container, attended, { signals }, options);
}

/** Undefined when somebody else has started it meanwhile. */
async function startBeside(
  store: Store,
  found: Found,
  options: StayOptions,
): Promise<Attended & Disposable | undefined> {
  const { container, status } = found;
  const { warn } = options;
  if (status !== "created") {
    const attach = { stdin: passesStdin(container, options) };
    return await revive(store, container.id, found, { attach, warn });
  }
  using stack = new DisposableStack();
  const joined = stack.use(await join(store, found, options));
  // Somebody else may have started it meanwhile.
  const started = await startCreated(store, container, warn);
  const netns = stack.use(started ?? holdNetns(store, container.id));
  const kept = stack.move();
  return { ...joined, netns, [Symbol.dispose]: () => kept.dispose() };
}

/** Takes part in a container that has a monitor. */
async function join(
  store: Store,
  { container, record: state }: Found,
  options: StayOptions,
): Promise<Attended & Disposable> {
  const { id, config, stdinOnce = false } = container;
  using stack = new DisposableStack();
  const directory = containerDirectory(store, id);
  const record = stack.use(open(`${directory}/record`));
  const logs = logDirectory(store, id);
  const reader = stack.use(joinLog(logs));
  const monitor = readMonitor(store, id);
  const wanted = passesStdin(container, options) && !config.process.terminal;
  const stdin = wanted && monitor
    ? stack.use(await takeStdin(monitor, { last: stdinOnce }))
    : undefined;
  const netns = stack.use(holdNetns(store, id));
  const kept = stack.move();
  return {
    init: state!.init!,
    monitor,
    record,
    stdin,
    netns,
    output: ({ done }) => followLog(logs, monitor, { reader, stop: done }),
    [Symbol.dispose]: () => kept.dispose(),
  };
}
