/**
 * The journal: what happens to containers and networks, noted by whoever does
 * it. It outlives containers and the host's reboot.
 *
 *     DATA/events/journal        the latest
 *     DATA/events/journal.N      what came before; the higher, the later
 *     DATA/events/lock           held by whoever begins a new one
 *
 * A record is appended by one write(2), so that those of several writers do not
 * mix; nothing is synced, and nothing fails for want of it. See
 * `journal/record.ts` for what a record is, `journal/life.ts` for how the end of
 * a container is noted though nobody may be there.
 *
 * @module
 */
import { ERRNO } from "../../sys/errno.ts";
import { SyscallError } from "../../sys/errors.ts";
import { AT_FDCWD, Fd, O, open, tryLockExclusive } from "../../sys/fd.ts";
import { ifThere } from "../../sys/entry.ts";
import { viewOf } from "../../sys/memory.ts";
import { trySyscall } from "../../sys/syscall.ts";
import type { Store } from "../../runtime/store.ts";
import { timeAt } from "../log/record.ts";
import { encodeRecord, type Happening } from "./record.ts";
import type { Container } from "../store.ts";

/** When a new file is begun. */
const SEGMENT_SIZE = 4 << 20;
/** How many files are kept besides the latest. */
const KEPT = 4;

/** Where the journal is. */
export function journalDirectory({ dataRoot }: Store): string {
  return `${dataRoot}/events`;
}

/** The file that records are appended to. */
export function journalFile(store: Store): string {
  return `${journalDirectory(store)}/journal`;
}

/** The number of a file that is no longer the latest; undefined for others. */
function segmentNumber(name: string): number | undefined {
  const digits = /^journal\.(\d+)$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** What happened to a container. */
export function ofContainer(
  { id, name, image, labels }: Pick<
    Container,
    "id" | "name" | "image" | "labels"
  >,
  action: string,
  attributes: { readonly [key: string]: string } = {},
): Happening {
  return {
    type: "container",
    action,
    id,
    attributes: { ...labels, image, name, ...attributes },
  };
}

/** What happened to a volume. */
export function ofVolume(name: string, action: string): Happening {
  return { type: "volume", action, id: name, attributes: { driver: "local" } };
}

/** What happened to a network. */
export function ofNetwork(
  { id, name }: { readonly id: string; readonly name: string },
  action: string,
  attributes: { readonly [key: string]: string } = {},
): Happening {
  return {
    type: "network",
    action,
    id,
    attributes: { name, type: "bridge", ...attributes },
  };
}

/**
 * Notes what has happened just now. What cannot be noted, as on a full disk, is
 * no reason to fail: returns whether it was.
 *
 * @param warn Told why it could not be noted.
 */
export function note(
  store: Store,
  happenings: Happening | readonly Happening[],
  warn: (message: string) => void = () => {},
): boolean {
  const all = [happenings].flat();
  const time = now();
  const records = all.map((happening) => encodeRecord(happening, { time }));
  const what = all.map(({ action, id }) => `${action} ${id}`).join(", ");
  return records.every((record) => append(store, record, what, warn));
}

/**
 * Notes that a container is sent a signal. Before it is: whom that ends, its
 * monitor notes at once.
 */
export function noteKill(
  store: Store,
  container: Container,
  signal: number,
  warn?: (message: string) => void,
): void {
  const happening = ofContainer(container, "kill", { signal: `${signal}` });
  note(store, happening, warn);
}

/** The time by the clock that monitors use; nanoseconds since 1970. */
export function now(): bigint {
  const timespec = new Uint8Array(16);
  const CLOCK_REALTIME = 0;
  trySyscall("clock_gettime", CLOCK_REALTIME, timespec);
  return timeAt(viewOf(timespec), 0);
}

/** Appends a record; returns whether it did. */
export function append(
  store: Store,
  record: Uint8Array,
  what: string,
  warn: (message: string) => void = () => {},
): boolean {
  try {
    using file = openToAppend(store);
    const written = trySyscall("write", file.number, record, record.length);
    if (written < 0) throw new SyscallError("append to", file.path, -written);
    if (written < record.length) {
      throw new SyscallError("append to", file.path, ERRNO.ENOSPC!);
    }
    const SEEK_CUR = 1;
    const size = trySyscall("lseek", file.number, 0, SEEK_CUR);
    if (size > SEGMENT_SIZE) beginAnother(store);
    return true;
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    warn(`"${what}" is missing in the journal: ${error.message}`);
    return false;
  }
}

function openToAppend(store: Store): Fd {
  const path = journalFile(store);
  const openIt = () =>
    trySyscall(
      "openat",
      ...[AT_FDCWD, path, O.WRONLY | O.APPEND | O.CREAT | O.CLOEXEC, 0o600],
    );
  let number = openIt();
  if (number === -ERRNO.ENOENT!) {
    trySyscall("mkdirat", AT_FDCWD, journalDirectory(store), 0o700);
    number = openIt();
  }
  if (number < 0) throw new SyscallError("open", path, -number);
  return new Fd(number, path);
}

/**
 * Gives the latest file a number, so that the next record begins another, and
 * removes what is too old. Writers that have it open go on writing to it.
 */
function beginAnother(store: Store): void {
  const directory = journalDirectory(store);
  using lock = open(`${directory}/lock`, O.RDWR | O.CREAT);
  if (!tryLockExclusive(lock)) return; // Another is at it.
  const path = journalFile(store);
  // It may have been done since this one's size was seen.
  const size = ifThere(path, () => Deno.statSync(path).size) ?? 0;
  if (size <= SEGMENT_SIZE) return;
  const numbers = listNumbers(directory);
  const next = (numbers.at(-1) ?? 0) + 1;
  trySyscall("renameat", AT_FDCWD, path, AT_FDCWD, `${path}.${next}`);
  for (const number of numbers) {
    if (number > next - KEPT) continue;
    trySyscall("unlinkat", AT_FDCWD, `${path}.${number}`, 0);
  }
}

/** The numbers of the files that have one, in the order of time. */
export function listNumbers(directory: string): number[] {
  return Array.from(Deno.readDirSync(directory), ({ name }) => name)
    .flatMap((name) => segmentNumber(name) ?? [])
    .sort((a, b) => a - b);
}
