/**
 * Which addresses of a network are whose: a file in the network's directory,
 * changed under a lock and replaced as a whole.
 *
 *     DIR/lock         held by whoever changes the leases
 *     DIR/leases.json  {@linkcode Leases}
 *
 * @module
 */
import { lockFile, replaceFile } from "../sys/entry.ts";
import type { Address } from "./address.ts";
import {
  type AddressWish,
  type Leases,
  NO_LEASES,
  takeAddresses,
} from "./lease.ts";

/** An address and who has it. */
export interface Lease {
  /** As it is formatted. */
  readonly address: string;
  /** A container, mostly. */
  readonly owner: string;
}

/**
 * Leases an address for each wish, all or none, and returns them in order. An
 * owner that has one already keeps it.
 *
 * @throws {ExhaustedError} when a range has none left
 * @throws {AddressUnavailableError} when one that is asked for cannot be had
 * @throws {SyscallError} ENOENT when the network's directory is gone
 */
export function allocate(
  directory: string,
  owner: string,
  wishes: readonly AddressWish[],
): Address[] {
  return changeLeases(directory, (leases) => {
    const { taken, leases: changed } = takeAddresses(leases, owner, wishes);
    return { leases: changed, result: taken };
  });
}

/** Gives back what an owner has, if anything. */
export function release(directory: string, owner: string): Lease[] {
  return releaseWhere(directory, (lease) => lease.owner === owner);
}

/** Gives back what those have who are no more. */
export function reclaim(
  directory: string,
  isAlive: (owner: string) => boolean,
): Lease[] {
  return releaseWhere(directory, ({ owner }) => !isAlive(owner));
}

/** All leases of a network, in the order in which they were made. */
export function listLeases(directory: string): Lease[] {
  return entriesOf(readLeases(directory));
}

/**
 * Changes the leases under the lock. `change` returns what they become (the
 * same object: nothing is written) and what to return; when it throws, they
 * stay. It may remove the directory.
 *
 * @throws {SyscallError} ENOENT when the network's directory is gone
 */
export function changeLeases<T>(
  directory: string,
  change: (leases: Leases) => { leases: Leases; result: T },
): T {
  using _lock = lockFile(`${directory}/lock`);
  const before = readLeases(directory);
  const { leases, result } = change(before);
  if (leases !== before) {
    replaceFile(`${directory}/leases.json`, JSON.stringify(leases));
  }
  return result;
}

function readLeases(directory: string): Leases {
  const path = `${directory}/leases.json`;
  try {
    return JSON.parse(Deno.readTextFileSync(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return NO_LEASES;
    if (!(error instanceof SyntaxError)) throw error;
    throw new Error(`cannot read the leases in ${path}: ${error.message}`, {
      cause: error,
    });
  }
}

function releaseWhere(
  directory: string,
  isOver: (lease: Lease) => boolean,
): Lease[] {
  return changeLeases(directory, (leases) => {
    const over = entriesOf(leases).filter(isOver);
    if (over.length === 0) return { leases, result: [] };
    const owners = { ...leases.owners };
    for (const { address } of over) delete owners[address];
    return { leases: { ...leases, owners }, result: over };
  });
}

function entriesOf({ owners }: Leases): Lease[] {
  return Object.entries(owners).map(([address, owner]) => ({ address, owner }));
}
