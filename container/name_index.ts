/**
 * Which container a word means: a name, an id, or as much of an id as tells it
 * from others.
 *
 *     DATA/names/.lock  held by whoever gives a name
 *     DATA/names/NAME   a link to the container's directory
 *
 * A name counts only if the container says the same of itself, so that what a
 * killed process left of a name is nobody's.
 *
 * @module
 */
import {
  DuplicateContainerError,
  type Store,
  validateId,
} from "../runtime/store.ts";
import {
  BrokenFileError,
  exists,
  ifThere,
  listEntries,
  lockFile,
} from "../sys/entry.ts";
import type { Fd } from "../sys/fd.ts";
import type { ContainerId } from "./id.ts";
import {
  containerDirectory,
  containersDirectory,
  tryReadContainer,
} from "./store.ts";

/** An id that is not told in full, and that several begin with. */
export class AmbiguousIdError extends Error {
  /** Tells it from other errors. */
  override readonly name = "AmbiguousIdError";

  /** Says how many there are. */
  constructor(
    /** What was given. */
    readonly prefix: string,
    /** The ids that begin with it. */
    readonly ids: readonly string[],
  ) {
    super(
      `"${prefix}" may be any of ${ids.length} containers; give more of its id`,
    );
  }
}

/**
 * The id of the container that `word` means; undefined when there is none. An
 * id in full goes before a name, and that before the beginning of an id.
 *
 * @throws {InvalidIdError | AmbiguousIdError}
 */
export function resolveId(store: Store, word: string): ContainerId | undefined {
  if (exists(`${containersDirectory(store)}/${validateId(word)}`)) {
    return word as ContainerId;
  }
  const named = idOfName(store, word);
  if (named !== undefined || !/^[0-9a-f]+$/.test(word)) return named;
  const ids = listIds(store).filter((id) => id.startsWith(word));
  if (ids.length > 1) throw new AmbiguousIdError(word, ids);
  return ids[0];
}

/** The ids of all containers, sorted. */
export function listIds(store: Store): ContainerId[] {
  return listEntries(containersDirectory(store)) as ContainerId[];
}

/** The id of the container of that very name; undefined when there is none. */
export function idOfName(store: Store, name: string): ContainerId | undefined {
  const link = linkOf(store, name);
  const target = ifThere(link, () => Deno.readLinkSync(link));
  if (target === undefined) return undefined;
  const id = target.slice(target.lastIndexOf("/") + 1) as ContainerId;
  return isNamed(store, id, name) ? id : undefined;
}

/** One that cannot be read keeps the name that leads to it. */
function isNamed(store: Store, id: ContainerId, name: string): boolean {
  try {
    return tryReadContainer(store, id)?.name === name;
  } catch (error) {
    if (error instanceof BrokenFileError) return true;
    throw error;
  }
}

/**
 * Gives a container a name. Nobody can give it to another until `settle` has
 * made the container say so of itself.
 *
 * @throws {DuplicateContainerError} when another has it
 */
export function giveName(
  store: Store,
  name: string,
  id: ContainerId,
  settle: () => void,
): void {
  using _lock = lockNames(store);
  // Also an id may look like a name.
  const holder = idOfName(store, name) ??
    (exists(containerDirectory(store, name as ContainerId)) ? name : id);
  if (holder !== id) throw new DuplicateContainerError(name, "name");
  const link = linkOf(store, name);
  if (exists(link)) Deno.removeSync(link);
  Deno.symlinkSync(`../containers/${id}`, link);
  try {
    settle();
  } catch (error) {
    Deno.removeSync(link);
    throw error;
  }
}

/** Takes a name from a container that is no more, or has another by now. */
export function dropName(store: Store, name: string): void {
  using _lock = lockNames(store);
  if (idOfName(store, name) !== undefined) return;
  const link = linkOf(store, name);
  ifThere(link, () => Deno.removeSync(link));
}

/** The names of all containers, sorted. */
export function listNames(store: Store): string[] {
  return linkedNames(store)
    .filter((name) => idOfName(store, name) !== undefined)
    .sort();
}

/** Drops the names of containers that are no more. */
export function sweepNames(store: Store): void {
  for (const name of linkedNames(store)) {
    if (idOfName(store, name) === undefined) dropName(store, name);
  }
}

/** All names that were given, and those too that are nobody's. */
function linkedNames(store: Store): string[] {
  const directory = namesDirectory(store);
  const entries = ifThere(directory, () => [...Deno.readDirSync(directory)]);
  return (entries ?? []).filter(({ isSymlink }) => isSymlink)
    .map(({ name }) => name);
}

function namesDirectory({ dataRoot }: Store): string {
  return `${dataRoot}/names`;
}

function linkOf(store: Store, name: string): string {
  return `${namesDirectory(store)}/${name}`;
}

function lockNames(store: Store): Fd {
  const directory = namesDirectory(store);
  Deno.mkdirSync(directory, { recursive: true, mode: 0o700 });
  return lockFile(`${directory}/.lock`);
}
