/**
 * Containers from bundles, as the OCI runtime command line makes them: `create`
 * and `run`.
 *
 * @module
 */
import type { Fd } from "../sys/fd.ts";
import { resolvePath } from "../sys/path.ts";
import { connectUnix } from "../sys/socket.ts";
import { createContainer, type Created } from "./create.ts";
import { catchSignals } from "./caught_signals.ts";
import { attendAlone, ownTerminal } from "./foreground.ts";
import { userWindow } from "./relay.ts";
import { writePidFile } from "./pid_file.ts";
import type { Request } from "./request.ts";
import { destroy } from "./remove.ts";
import { type Config, readConfig } from "./spec.ts";
import { trySettle } from "./status.ts";
import type { Store } from "./store.ts";
import { OptionError } from "./refusals.ts";

/** Options of `create` and `run`. */
export interface CreateOptions {
  /** The directory of config.json. */
  bundle: string;
  /** A file that gets init's pid, as the host sees it. */
  pidFile?: string;
  /** A path: the socket that receives the terminal. */
  consoleSocket?: string;
  /** How many descriptors after stderr the program inherits. */
  preserveFds?: number;
  /** MS_MOVE and chroot(2) in place of pivot_root(2), for a root in memory. */
  noPivot?: boolean;
  /** Told what was asked for and could not be given. */
  warn?: (message: string) => void;
}

/**
 * Creates a container from a bundle; its process waits for `start`. It is a
 * child of this process, which can wait for it by the result.
 *
 * @throws {SpecError | PlanError | CgroupError | InitError | ExecError |
 *   DuplicateContainerError}
 */
export async function create(
  store: Store,
  id: string,
  options: CreateOptions,
): Promise<Created> {
  const config = readConfig(options.bundle);
  if (config.process.terminal && !options.consoleSocket) {
    throw new OptionError(
      "config.json: process.terminal is true, and nobody would receive the " +
        "terminal; give --console-socket, or set it to false",
    );
  }
  using console = connectConsole(config, options);
  await trySettle(store, id);
  return await bringUp(
    store,
    request(id, config, options, { gate: true, console }),
    options,
  );
}

/**
 * Creates, starts and, unless detached, waits for a container and deletes it.
 * Returns its exit code, or 0 when detached.
 */
export async function run(
  store: Store,
  id: string,
  options: CreateOptions & { detach?: boolean },
): Promise<number> {
  const config = readConfig(options.bundle);
  const { terminal } = config.process;
  if (terminal && options.detach && !options.consoleSocket) {
    throw new OptionError(
      "config.json: process.terminal is true, and a detached container has " +
        "none here; give --console-socket, or set it to false",
    );
  }
  const own = terminal && !options.consoleSocket;
  using user = own ? ownTerminal() : undefined;
  const size = own && !config.process.consoleSize ? userWindow() : undefined;
  if (size) config.process.consoleSize = size;
  using connected = own ? undefined : connectConsole(config, options);
  await trySettle(store, id);
  const console = user?.socket ?? connected;
  // One that comes as soon as the program runs is the program's.
  using signals = options.detach
    ? undefined
    : catchSignals({ pass: "all", terminal });
  using created = await bringUp(
    store,
    request(id, config, options, { gate: false, console }),
    options,
  );
  if (!signals) return 0;
  const outcome = await attendAlone(created.child.pidfd, signals, user);
  if (outcome.kind === "ended") await destroy(store, created.record);
  return outcome.code;
}

function connectConsole(
  { process }: Config,
  { consoleSocket }: CreateOptions,
): Fd | undefined {
  if (!consoleSocket) return undefined;
  if (!process.terminal) {
    throw new OptionError(
      "--console-socket: config.json asks for no terminal; set " +
        "process.terminal to true, or leave the option out",
    );
  }
  return connectUnix(consoleSocket);
}

/** What {@linkcode create} would do, a line a step. */
export async function planCreate(
  store: Store,
  id: string,
  options: CreateOptions,
): Promise<string[]> {
  const { dryRun } = await import("./dry_run.ts");
  const config = readConfig(options.bundle);
  return await dryRun(store, request(id, config, options, { gate: true }));
}

/** What `create` would be asked for by these options. */
export function request(
  id: string,
  config: Config,
  options: CreateOptions,
  more: { gate: boolean; console?: Fd | undefined },
): Request {
  const { preserveFds, noPivot } = options;
  return {
    id,
    bundle: resolvePath(options.bundle, Deno.cwd()),
    config,
    gate: more.gate,
    ...(more.console && { console: more.console }),
    ...(preserveFds !== undefined && { preserveFds }),
    ...(noPivot !== undefined && { noPivot }),
  };
}

/** Creates a container and tells of it; one that cannot be told of is undone. */
async function bringUp(
  store: Store,
  request: Request,
  { pidFile, warn }: CreateOptions,
): Promise<Created> {
  const created = await createContainer(store, request);
  try {
    for (const warning of created.warnings) warn?.(warning);
    if (pidFile) writePidFile(pidFile, created.init.pid);
    return created;
  } catch (error) {
    created[Symbol.dispose]();
    await destroy(store, created.record);
    throw error;
  }
}
