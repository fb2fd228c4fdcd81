/**
 * The record of a container's end, laid ready for its monitor in
 * `DATA/containers/ID/die`; see `journal/life.ts`.
 *
 * The file is empty from when the program is let run until its start is noted,
 * so that no end comes before its start, and not there before.
 *
 * @module
 */
import { SyscallError } from "../../sys/errors.ts";
import { AT_FDCWD, O, open, tryOpen, writeAll } from "../../sys/fd.ts";
import { syscall, trySyscall } from "../../sys/syscall.ts";
import type { Store } from "../../runtime/store.ts";
import type { ContainerId } from "../id.ts";
import { ofContainer } from "./journal.ts";
import { decodeRecords, encodeRecord, MOST_BYTES } from "./record.ts";
import { type Container, containerDirectory } from "../store.ts";

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
 * Writes what will be said of a container's end, as it is called now.
 *
 * @param began When this life began.
 */
export function prepareDeath(
  store: Store,
  container: Container,
  began: bigint,
  warn: (message: string) => void = () => {},
): void {
  const death = { ...ofContainer(container, "die"), began };
  const path = deathFile(store, container.id);
  try {
    using file = open(`${path}.new`, O.WRONLY | O.CREAT | O.TRUNC);
    writeAll(file.number, encodeRecord(death, { time: began }));
    syscall("renameat", AT_FDCWD, `${path}.new`, AT_FDCWD, path);
  } catch (error) {
    // The disk may be full: who finds it ended notes that.
    if (!(error instanceof SyscallError)) throw error;
    warn(`the end of ${container.name} is not prepared: ${error.message}`);
  }
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
export function readDeath(
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
