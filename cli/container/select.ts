/**
 * Which containers a command is about: those that are named, the latest, or all
 * that pass a filter.
 *
 * @module
 */
import type { Summary } from "../../container/describe.ts";
import { AmbiguousIdError, resolveId } from "../../container/name_index.ts";
import { InvalidIdError, type Store } from "../../runtime/store.ts";
import { passes } from "../filter.ts";
import type { FlagTable } from "../flags.ts";
import { UsageError } from "../usage.ts";
import { type ContainerFilter, FILTER } from "./filter.ts";

/** The flags, for verbs that take containers. */
export const SELECT = {
  latest: {
    type: Boolean,
    alias: "l",
    help: "Instead of NAMES: the container that was created last",
  },
  filter: FILTER,
} as const satisfies FlagTable;

/** The same, for those that may be about all. */
export const SELECT_ALL = {
  all: { type: Boolean, alias: "a", help: "Instead of NAMES: all" },
  ...SELECT,
} as const satisfies FlagTable;

/** What the flags are worth. */
export interface Selection {
  readonly latest?: boolean | undefined;
  readonly all?: boolean | undefined;
  readonly filter: readonly ContainerFilter[];
}

/**
 * The containers that are meant, each by the word that tells of it: as it was
 * named, or its id.
 *
 * @param suits Which of those that are not named it may be about.
 * @throws {UsageError} when none are named, or in two ways
 */
export async function selectNames(
  store: Store,
  names: readonly string[],
  { latest = false, all = false, filter }: Selection,
  suits: (container: Summary) => boolean = () => true,
): Promise<readonly string[]> {
  const ways = [
    names.length > 0 && "NAMES",
    latest && "--latest",
    all && "--all",
    filter.length > 0 && !all && "--filter",
  ].filter((way) => way !== false);
  if (ways.length > 1) {
    throw new UsageError(`${ways.join(" and ")} exclude each other; give one`);
  }
  if (ways.length === 0) {
    throw new UsageError("NAMES is missing; it takes NAMES..., or see --help");
  }
  if (names.length > 0) return distinct(store, names);
  const { listContainers } = await import("../../container/describe.ts");
  const broken: string[] = [];
  const found = latestFirst(
    await listContainers(store, (id) => broken.push(id)),
  );
  const chosen = latest
    ? found.slice(0, 1)
    : found.filter((container) =>
      suits(container) && passes({ container, all: found }, filter)
    );
  if (latest && chosen.length === 0) throw new Error("there is no container");
  // The verb itself says what is the matter with them.
  return [
    ...chosen.map(({ id }) => id),
    ...(all && !filter.length ? broken : []),
  ];
}

/** Of several words for one container, which would wait for itself, the first. */
function distinct(store: Store, names: readonly string[]): string[] {
  const words = new Map<string, string>();
  for (const name of names) {
    const key = idOf(store, name) ?? name;
    if (!words.has(key)) words.set(key, name);
  }
  return [...words.values()];
}

function idOf(store: Store, name: string): string | undefined {
  try {
    return resolveId(store, name);
  } catch (error) {
    // The verb itself says so, and goes on with the others.
    if (error instanceof AmbiguousIdError) return undefined;
    if (error instanceof InvalidIdError) return undefined;
    throw error;
  }
}

/** Containers in the order in which docker lists them. */
export function latestFirst(all: readonly Summary[]): Summary[] {
  return all.toSorted((a, b) =>
    a.created < b.created ? 1 : a.created > b.created ? -1 : 0
  );
}
