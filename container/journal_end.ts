/**
 * How the lives of a container come into the journal.
 *
 * Its end is noted by its monitor, as no rkl may be there: it appends the record
 * in `DATA/containers/ID/die`, with how and when filled in. That file is empty
 * from when the program is let run until its start is noted, so that no end
 * comes before its start. Who finds a life that is not noted as far as it went,
 * because somebody was killed, notes the rest; the monitor's record tells.
 *
 * @module
 */
import { AT_FDCWD, O, open, tryOpen, writeAll } from "../sys/fd.ts";
import { viewOf } from "../sys/memory.ts";
import { isAlive, waitForEnd } from "../sys/process.ts";
import { syscall, trySyscall } from "../sys/syscall.ts";
import { openCgroup } from "../runtime/cgroup/cgroup.ts";
import { readFailure } from "../runtime/init_failure.ts";
import type { Status } from "../runtime/status.ts";
import { directoryOf, type Store, tryReadRecord } from "../runtime/store.ts";
import type { ContainerId } from "./id.ts";
import { append, note, now, ofContainer } from "./journal.ts";
import { decodeRecords, encodeRecord, MOST_BYTES } from "./journal_record.ts";
import { EXIT, type ExitRecord, NOTED } from "./records.ts";
import {
  type Container,
  containerDirectory,
  readExit,
  readMonitor,
} from "./store.ts";

/** Told what could not be noted. */
type Warn = (message: string) => void;

/** SIGKILL, as siginfo_t tells of it: what becomes of whose monitor is killed. */
const KILLED = { code: 2, status: 9 } as const;

/** Where the record of a container's end is prepared. */
export function deathFile(store: Store, id: ContainerId): string {
  return `${containerDirectory(store, id)}/die`;
}

/** Called before a container's program is let run. Its lock is the caller's. */
export function beginLife(store: Store, id: ContainerId): void {
  const flags = O.WRONLY | O.CREAT | O.TRUNC;
  open(deathFile(store, id), flags)[Symbol.dispose]();
}

/** Called while the program is not to run, or could not be let run after all. */
export function cancelLife(store: Store, id: ContainerId): void {
  trySyscall("unlinkat", AT_FDCWD, deathFile(store, id), 0);
}

/**
 * Notes that a container's program runs, and sees to it that its end will be
 * noted. Its lock is the caller's.
 */
export async function noteStart(
  store: Store,
  container: Container,
  warn?: Warn,
): Promise<void> {
  const { id } = container;
  note(store, ofContainer(container, "start"), warn);
  prepareDeath(store, container, now());
  if (!readExit(store, id)?.exit) return mark(store, id, NOTED.start);
  // Its monitor may have looked for the file too early.
  const monitor = readMonitor(store, id);
  if (monitor) await waitForEnd(monitor);
  await noteEnd(store, container, warn);
}

/**
 * Writes what will be said of a container's end, as it is called now.
 *
 * @param began When this life began.
 */
function prepareDeath(store: Store, container: Container, began: bigint) {
  const death = { ...ofContainer(container, "die"), began };
  const path = deathFile(store, container.id);
  using file = open(`${path}.new`, O.WRONLY | O.CREAT | O.TRUNC);
  writeAll(file.number, encodeRecord(death, { time: began }));
  Deno.renameSync(`${path}.new`, path);
}

/**
 * Has a container's end noted under its present name and labels. Its lock is
 * the caller's, who has changed them.
 */
export function renameDeath(store: Store, container: Container): void {
  const began = readDeath(store, container.id)?.began;
  if (began !== undefined) prepareDeath(store, container, began);
}

/** When the life began whose end is prepared; undefined if it is not. */
function readDeath(
  store: Store,
  id: ContainerId,
): { began: bigint | undefined } | undefined {
  using file = tryOpen(deathFile(store, id));
  if (!file) return undefined;
  const bytes = new Uint8Array(MOST_BYTES);
  const count = syscall("read", file.number, bytes, bytes.length);
  const [death] = decodeRecords(bytes.subarray(0, count)).events;
  return { began: death?.began };
}

/** Whether all that is to be known of a life is in the journal. */
export function isNoted(status: Status, record: ExitRecord): boolean {
  if (status === "stopped") return record.noted >= NOTED.all;
  const runs = status === "running" || status === "paused";
  return !runs || record.noted >= NOTED.start;
}

/**
 * Notes what is missing of a container that runs or has ended. Its lock is the
 * caller's, so that nobody is about to note it.
 */
export async function noteMissing(
  store: Store,
  container: Container,
  status: Status,
): Promise<void> {
  const record = readExit(store, container.id);
  if (!record || isNoted(status, record)) return;
  if (status === "stopped") await noteEnd(store, container);
  else await noteStart(store, container);
}

/**
 * Notes how a container ended unless that is done, or will be: its monitor
 * lives. Its lock is the caller's.
 */
export async function noteEnd(
  store: Store,
  container: Container,
  warn?: Warn,
): Promise<void> {
  const { id } = container;
  const monitor = readMonitor(store, id);
  if (monitor && isAlive(monitor)) return;
  const record = readExit(store, id);
  if (!record || record.noted >= NOTED.all) return;
  const noted = record.noted >= NOTED.end ||
    await noteDeath(store, container, record, warn);
  if (!noted) return;
  const cgroups = tryReadRecord(store, id)?.cgroups ?? {};
  if (openCgroup(cgroups).oomKills() > 0) {
    note(store, ofContainer(container, "oom"), warn);
  }
  mark(store, id, NOTED.all);
}

/** Returns whether there is nothing more to note of the end itself. */
async function noteDeath(
  store: Store,
  container: Container,
  { exit }: ExitRecord,
  warn: Warn | undefined,
): Promise<boolean> {
  const { id } = container;
  const prepared = readDeath(store, id);
  // It was created, and never let run.
  if (!prepared) return true;
  let { began } = prepared;
  if (began === undefined) {
    if (hasFailed(store, id)) return true;
    began = now();
    if (!note(store, ofContainer(container, "start"), warn)) return false;
  } else {
    const { readJournal, SKEW } = await import("./journal_read.ts");
    for (const event of readJournal(store, { since: began - SKEW })) {
      const own = event.action === "die" && event.id === id;
      if (own && event.began === began) return true;
    }
  }
  const death = { ...ofContainer(container, "die"), began };
  const record = encodeRecord(death, {
    time: exit?.nanoseconds ?? now(),
    end: exit?.info ?? KILLED,
  });
  return append(store, record, `die ${id}`, warn);
}

/** Whether init failed before the program ran, so that nothing has begun. */
function hasFailed(store: Store, id: ContainerId): boolean {
  using file = tryOpen(`${directoryOf(store, id)}/failure`);
  return file !== undefined && readFailure(file) !== undefined;
}

/** Notes beside the monitor's own record how much is in the journal. */
function mark(store: Store, id: ContainerId, noted: number): void {
  const path = `${containerDirectory(store, id)}/record`;
  using file = tryOpen(path, O.WRONLY);
  if (!file) return;
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, noted, true);
  syscall("pwrite64", file.number, bytes, bytes.length, EXIT.noted);
}
