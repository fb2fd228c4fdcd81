/**
 * How it is with a container's restarts, on disk. Whoever decides, or has
 * decided for the user, writes it down first, so that any daemon goes on from
 * there.
 *
 *     DATA/containers/ID/restart.json  {@linkcode RestartState}; there once
 *                                      somebody has started it, for those that
 *                                      may be restarted
 *
 * @module
 */
import {
  awaitEntry,
  exists,
  replaceFile,
  tryReadJson,
} from "../../sys/entry.ts";
import type { Store } from "../../runtime/store.ts";
import type { ContainerId } from "../id.ts";
import { mayRestart } from "../kept.ts";
import { exitCodeOf, type ExitRecord } from "../monitor/records.ts";
import {
  afterLife,
  afterStop,
  type EndedLife,
  FRESH,
  type RestartPolicy,
  type RestartState,
} from "./policy.ts";
import { type Container, containerDirectory } from "../store.ts";

/** The policy of a container; `no` where nothing was said. */
export function policyOf({ restart }: Container): RestartPolicy {
  return restart ?? { name: "no" };
}

/** How it is; undefined for one that nobody has started, or need be restarted. */
export function readRestart(
  store: Store,
  id: ContainerId,
): RestartState | undefined {
  return tryReadJson(fileOf(store, id));
}

/** Replaces it. The caller holds the container's lock. */
export function writeRestart(
  store: Store,
  id: ContainerId,
  state: RestartState,
): void {
  replaceFile(fileOf(store, id), JSON.stringify(state));
}

function fileOf(store: Store, id: ContainerId): string {
  return `${containerDirectory(store, id)}/restart.json`;
}

/**
 * Notes that somebody starts a container: what was counted before counts no
 * more. The caller holds its lock.
 */
export function wantRunning(store: Store, container: Container): void {
  const { id } = container;
  // What was noted under another policy counts no more either.
  const noted = mayRestart(container) || exists(fileOf(store, id));
  if (noted) writeRestart(store, id, FRESH);
}

/**
 * Notes that somebody stops a container, so that nobody starts it again. Who is
 * starting it is waited for.
 */
export async function wantStopped(
  store: Store,
  { id }: Container,
): Promise<void> {
  using lock = await awaitEntry(containerDirectory(store, id));
  const state = lock && readRestart(store, id);
  if (state) writeRestart(store, id, afterStop(state));
}

/** What tells a life of a container from others; undefined before the first. */
export function lifeOf(record: ExitRecord | undefined): string | undefined {
  return record && `${record.monitorPid} ${record.initPid}`;
}

/** A container's last life, which is over. */
export interface LastLife {
  /** What its monitor wrote. */
  readonly record: ExitRecord | undefined;
  /** When it began, in RFC 3339; absent when nobody knows. */
  readonly began?: string | undefined;
}

/**
 * How it is with the restarts of a container whose life is over: as somebody
 * has noted, or as the next daemon will.
 */
export function settleRestart(
  policy: RestartPolicy,
  state: RestartState,
  last: LastLife,
  now: number,
): RestartState {
  const life = lifeOf(last.record);
  // Without a life, one is just about to begin, or could not.
  if (life === undefined || life === state.after) return state;
  return afterLife(policy, state, endedLife(life, last, now));
}

/** Nobody knows when the monitor was killed that did not write how it ended. */
function endedLife(
  life: string,
  { record, began }: LastLife,
  now: number,
): EndedLife {
  const ended = record?.exit?.time.getTime() ?? now;
  return {
    life,
    code: exitCodeOf(record),
    ended,
    lasted: ended - (began === undefined ? ended : Date.parse(began)),
  };
}
