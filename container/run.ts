/**
 * Making containers of specifications: `rkl container run` and `create`.
 *
 * @module
 */
import { dryRun } from "../runtime/dry_run.ts";
import { catchSignals, type CaughtSignals } from "../runtime/foreground.ts";
import { writePidFile } from "../runtime/pid_file.ts";
import type { Store } from "../runtime/store.ts";
import { attend, type Outcome } from "./attach.ts";
import { bringToLife, containerRequest } from "./birth.ts";
import { discard, discardOne } from "./discard.ts";
import { holdNetns, withdrawEnded } from "./ending.ts";
import { isOver, tryFind } from "./find.ts";
import { mayRestart } from "./kept.ts";
import { note, ofContainer } from "./journal.ts";
import { hasToMake, makeMounts, planMounts } from "./mount_needs.ts";
import { idOfName } from "./name_index.ts";
import { describeConnections, withJoinedNetwork } from "./network_start.ts";
import { warnOfLostOutput } from "./lost_output.ts";
import { planContainer, type Wishes } from "./plan.ts";
import { withSharedNamespaces } from "./shared.ts";
import { wantRunning, wantStopped } from "./restart_state.ts";
import { fitToKernel, withProfile } from "./security.ts";
import type { Specification } from "./specification.ts";
import { newContainer } from "./new_container.ts";
import type { Container } from "./store.ts";

/** Options of `run` and `create`. */
export interface RunOptions extends Wishes {
  /** Do not stay with the container. */
  detach?: boolean;
  /** A file that gets init's pid, as the host sees it. */
  pidFile?: string;
  /** A file that gets the container's id. */
  cidfile?: string;
  /** Told the id once the container runs. */
  named?: (id: string) => void;
  /** Told what was asked for and could not be given. */
  warn?: (message: string) => void;
}

/**
 * Creates and starts a container. Stays with it and returns its exit code, 128
 * + n after signal n; 0 when it is detached, at once or by the user.
 *
 * @throws for what keeps it from running; nothing is left of it then
 */
export async function runContainer(
  store: Store,
  spec: Specification,
  options: RunOptions = {},
): Promise<number> {
  const container = await settle(store, spec, options);
  const { config } = container;
  const attached = !options.detach;
  const terminal = config.process.terminal;
  // One that comes as soon as the program runs is the program's.
  using signals = attached ? catchSignals(terminal) : undefined;
  using born = await makeContainer(store, container, options, {
    gate: false,
    attach: attached,
  });
  if (!signals) return 0;
  using netns = holdNetns(store, container.id);
  let outcome: Outcome | undefined;
  try {
    outcome = await attend(born, {
      terminal,
      signals: stopping(store, container, signals),
    });
    warnOfLostOutput(born.record, options.warn);
    return outcome.kind === "ended" ? outcome.code : 0;
  } finally {
    // Also when nobody reads its output any more, and so nobody misses it.
    if (outcome?.kind !== "detached") {
      const { warn } = options;
      await withdrawEnded(store, container.id, {
        netns,
        warn,
        insist: true,
      });
      if (container.autoRemove) {
        // Where it has ended, somebody may have restarted it.
        const stopped = outcome !== undefined;
        await discardOne(store, container, { warn, stopped });
      }
    }
  }
}

/** Signals that end most programs, from linux/signal.h. */
const ENDING: readonly number[] = [2, 3, 15]; // SIGINT, SIGQUIT, SIGTERM

/** Signals of which some are a stop: one that is restarted stays ended. */
function stopping(
  store: Store,
  container: Container,
  signals: CaughtSignals,
): CaughtSignals {
  if (!mayRestart(container)) return signals;
  const stops = [...ENDING, container.stopSignal];
  return {
    passTo: (pidfd) =>
      signals.passTo(pidfd, (signal) => {
        if (stops.includes(signal)) wantStopped(store, container);
      }),
    [Symbol.dispose]: () => signals[Symbol.dispose](),
  };
}

/**
 * Creates a container, whose program waits for {@linkcode startContainer}, and
 * returns its id.
 */
export async function createContainer(
  store: Store,
  spec: Specification,
  options: RunOptions = {},
): Promise<string> {
  const container = await settle(store, spec, options);
  using _born = await makeContainer(store, container, options, {
    gate: true,
    attach: false,
  });
  return container.id;
}

/** What {@linkcode runContainer} would do, a line a step. */
export async function planRun(
  store: Store,
  spec: Specification,
  options: RunOptions = {},
): Promise<string[]> {
  const planned = await settle(store, spec, options);
  const shared = await withSharedNamespaces(store, planned);
  const container = await withJoinedNetwork(store, shared);
  const { network } = container;
  const fitted = await fitToKernel(container);
  const networks = network?.kind === "networks" ? network.networks : [];
  const making = hasToMake(container)
    ? (await import("./mount_making.ts")).describeMounts(store, container)
    : { lines: [], directories: [] };
  const asFitted = { ...container, config: fitted.config };
  const request = containerRequest(store, asFitted, {
    gate: networks.length > 0,
    builtinSeccomp: fitted.builtinSeccomp,
  });
  return [
    ...making.lines,
    ...await dryRun(store, { ...request, promised: making.directories }),
    ...await describeConnections(store, networks),
    ...(networks.length > 0 ? describePorts(container) : []),
  ];
}

/** What a container is made from, with what has to be read for it. */
async function settle(
  store: Store,
  spec: Specification,
  wishes: Wishes,
): Promise<Container> {
  const mounts = await planMounts(store, spec);
  return await withProfile(planContainer(spec, wishes, mounts), spec);
}

/** How the ports of a container would be published, a line each. */
function describePorts({ ports = [], publishFrom }: Container): string[] {
  const clients = publishFrom ? ` for ${publishFrom.join(", ")}` : "";
  return ports.flatMap(({ hostPort, hostIP, containerPort, protocol }) => {
    if (hostPort === undefined) return [];
    const { first, last } = hostPort;
    const range = first === last ? `${first}` : `one of ${first}-${last}`;
    const where = hostIP === undefined ? "every address" : hostIP;
    return [
      `publish port ${containerPort}/${protocol.toLowerCase()} on ${where} of ` +
      `the host, as ${first === 0 ? "one that is free" : range}${clients}`,
    ];
  });
}

async function makeContainer(
  store: Store,
  container: Container,
  options: RunOptions,
  how: { gate: boolean; attach: boolean },
) {
  const { id, name } = container;
  await makeRoom(store, name);
  using _lock = newContainer(store, container);
  note(store, ofContainer(container, "create"), options.warn);
  try {
    const { pidFile, cidfile, named, warn } = options;
    if (cidfile) writeNew(cidfile, id);
    if (!how.gate) wantRunning(store, container);
    await makeMounts(store, container);
    const born = await bringToLife(store, container, { ...how, warn });
    if (pidFile) writePidFile(pidFile, born.init.pid);
    named?.(id);
    return born;
  } catch (error) {
    await discard(store, container, { volumes: true });
    throw error;
  }
}

/** What a crash left of a name goes, and one that was to go when it ended. */
async function makeRoom(store: Store, name: string): Promise<void> {
  const id = idOfName(store, name);
  const found = id && await tryFind(store, id);
  if (!found || !isOver(found)) return;
  await discardOne(store, found.container, { stopped: true });
}

/** A cidfile must not be there already, as docker has it. */
function writeNew(path: string, text: string): void {
  try {
    Deno.writeTextFileSync(path, text, { createNew: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throw new Error(`--cidfile: ${path} exists already; remove it first`);
  }
}
