/**
 * Making containers of specifications: `rkl container run` and `create`.
 *
 * @module
 */
import { ifThere } from "../sys/entry.ts";
import { writePidFile } from "../runtime/pid_file.ts";
import type { Store } from "../runtime/store.ts";
import { type BirthOptions, bringToLife, containerRequest } from "./birth.ts";
import { discard, discardOne } from "./discard.ts";
import { isOver, tryFind } from "./find.ts";
import { note, ofContainer } from "./journal/journal.ts";
import { hasToMake, makeMounts, planMounts } from "./mount/needs.ts";
import { idOfName } from "./name_index.ts";
import { describeConnections, withJoinedNetwork } from "./network/start.ts";
import { planContainer, type Wishes } from "./plan.ts";
import { withSharedNamespaces } from "./shared.ts";
import { wantRunning } from "./restart/state.ts";
import { fitToKernel, withProfile } from "./security.ts";
import type { Specification } from "./specification/specification.ts";
import type { StayOptions } from "./stay.ts";
import { newContainer } from "./new_container.ts";
import type { Container } from "./store.ts";
import { passesStdin } from "./streams.ts";

/** Options of `run` and `create`. */
export interface RunOptions extends Wishes, StayOptions {
  /** Do not stay with the container. */
  detach?: boolean;
  /** A file that gets init's pid, as the host sees it. */
  pidFile?: string;
  /** A file that gets the container's id. */
  cidfile?: string;
  /** Told the id once the container runs. */
  named?: (id: string) => void;
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
  const planned = await settle(store, spec, options);
  if (options.detach) {
    using _born = await makeContainer(store, planned, options, {
      gate: false,
    });
    return 0;
  }
  const { catchSignalsFor, stayWith } = await import("./stay.ts");
  const stdin = passesStdin(planned, options);
  const container = { ...planned, stdinOnce: stdin };
  using signals = catchSignalsFor(container, options);
  using born = await makeContainer(store, container, options, {
    gate: false,
    attach: { stdin },
  });
  const stay = { signals, owned: true };
  return await stayWith(store, container, born, stay, options);
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
  const planned = await settle(store, spec, options);
  const stdinOnce = passesStdin(planned, options);
  const container = { ...planned, stdinOnce };
  using _born = await makeContainer(store, container, options, { gate: true });
  return container.id;
}

/** What {@linkcode runContainer} would do, a line a step. */
export async function planRun(
  store: Store,
  spec: Specification,
  options: RunOptions = {},
): Promise<string[]> {
  const { dryRun } = await import("../runtime/dry_run.ts");
  const planned = await settle(store, spec, options);
  const shared = await withSharedNamespaces(store, planned);
  const container = await withJoinedNetwork(store, shared);
  const { network } = container;
  const fitted = await fitToKernel(container);
  const networks = network?.kind === "networks" ? network.networks : [];
  const making = hasToMake(container)
    ? (await import("./mount/making.ts")).describeMounts(store, container)
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
  how: BirthOptions,
) {
  const { id, name } = container;
  await makeRoom(store, name);
  using _lock = newContainer(store, container);
  note(store, ofContainer(container, "create"), options.warn);
  const { pidFile, cidfile, named, warn } = options;
  let noted = false;
  try {
    if (cidfile) writeNew(cidfile, id);
    noted = true;
    if (!how.gate) wantRunning(store, container);
    await makeMounts(store, container);
    const born = await bringToLife(store, container, { ...how, warn });
    if (pidFile) writePidFile(pidFile, born.init.pid);
    named?.(id);
    return born;
  } catch (error) {
    // Else it would keep the next attempt from running.
    if (cidfile && noted) ifThere(cidfile, () => Deno.removeSync(cidfile));
    await discard(store, container, { volumes: true });
    throw error;
  }
}

/** What a crash left of a name goes, and one that was to go when it ended. */
async function makeRoom(store: Store, name: string): Promise<void> {
  const id = idOfName(store, name);
  const found = id && await tryFind(store, id);
  if (!found || !isOver(found)) return;
  await discardOne(store, found.container, { only: ["stopped"] });
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
