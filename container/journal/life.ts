/**
 * How the lives of a container come into the journal.
 *
 * Its start is noted by who starts it. Its end is noted by its monitor, as no
 * rkl may be there: it appends what `journal/death.ts` has laid ready, with how
 * and when filled in. Who finds a life that is not noted as far as it went,
 * because somebody was killed, notes the rest; the monitor's record tells.
 *
 * @module
 */
import { O, tryOpen } from "../../sys/fd.ts";
import { viewOf } from "../../sys/memory.ts";
import { waitForEnd } from "../../sys/process.ts";
import { trySyscall } from "../../sys/syscall.ts";
import { readOomKills } from "../../runtime/cgroup/memory.ts";
import { readFailure } from "../../runtime/init_report.ts";
import type { Status } from "../../runtime/status.ts";
import { directoryOf, type Store, tryReadRecord } from "../../runtime/store.ts";
import type { ContainerId } from "../id.ts";
import { append, note, now, ofContainer } from "./journal.ts";
import { prepareDeath, readDeath } from "./death.ts";
import { encodeRecord } from "./record.ts";
import { EXIT, type ExitRecord, NOTED } from "../monitor/records.ts";
import {
  type Container,
  containerDirectory,
  hasMonitor,
  readExit,
  readMonitor,
} from "../store.ts";

/** Told what could not be noted. */
type Warn = (message: string) => void;

/** SIGKILL, as siginfo_t tells of it: what becomes of whose monitor is killed. */
const KILLED = { code: 2, status: 9 } as const;

/**
 * Notes that a container's program runs, and sees to it that its end will be
 * noted. Its lock is the caller's.
 */
export async function noteStart(
  store: Store,
  container: Container,
  warn?: Warn,
): Promise<void> {
  note(store, ofContainer(container, "start"), warn);
  await awaitEnd(store, container, warn);
}

/** Sees to it that the end of a life whose start is noted will be noted. */
async function awaitEnd(
  store: Store,
  container: Container,
  warn?: Warn,
): Promise<void> {
  const { id } = container;
  prepareDeath(store, container, now(), warn);
  if (!readExit(store, id)?.exit) return mark(store, id, NOTED.start);
  // Its monitor may have looked for the file too early.
  const monitor = readMonitor(store, id);
  if (monitor) await waitForEnd(monitor);
  await noteEnd(store, container, warn);
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
  if (status === "stopped") return await noteEnd(store, container);
  if (readDeath(store, container.id)?.began !== undefined) {
    return mark(store, container.id, NOTED.start);
  }
  if (await isStartNoted(store, container)) await awaitEnd(store, container);
  else await noteStart(store, container);
}

/** Notes that a container was made whose maker may have been killed first. */
export async function noteMaking(
  store: Store,
  container: Container,
): Promise<void> {
  if (await lastNoted(store, container, ["create"])) return;
  note(store, ofContainer(container, "create"));
}

/** Whether of the starts and ends of a container a start is noted last. */
async function isStartNoted(
  store: Store,
  container: Container,
): Promise<boolean> {
  return await lastNoted(store, container, ["start", "die"]) === "start";
}

/** Which of some actions of a container is noted last. */
async function lastNoted(
  store: Store,
  { id, created }: Container,
  actions: readonly string[],
): Promise<string | undefined> {
  const { readJournal, SKEW } = await import("./read.ts");
  const since = BigInt(Date.parse(created)) * 1_000_000n - SKEW;
  let last: string | undefined;
  for (const { id: its, action } of readJournal(store, { since })) {
    if (its === id && actions.includes(action)) last = action;
  }
  return last;
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
  if (hasMonitor(store, id)) return;
  const record = readExit(store, id);
  if (!record || record.noted >= NOTED.all) return;
  const noted = record.noted >= NOTED.end ||
    await noteDeath(store, container, record, warn);
  if (!noted) return;
  const cgroups = tryReadRecord(store, id)?.cgroups ?? {};
  if (readOomKills(cgroups) > 0) {
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
    const noted = await isStartNoted(store, container) ||
      note(store, ofContainer(container, "start"), warn);
    if (!noted) return false;
  } else {
    const { readJournal, SKEW } = await import("./read.ts");
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
  trySyscall("pwrite64", file.number, bytes, bytes.length, EXIT.noted);
}
