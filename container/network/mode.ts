/**
 * What a container's network is: `network:` in a file, `--network` on a command
 * line.
 *
 * @module
 */
import {
  complain,
  type Place,
  type Problem,
  refuse,
} from "../../sys/problem.ts";
import { isObject, jsonSchema, type Schema } from "../../sys/schema.ts";
import { DEFAULT_NETWORK } from "../../net/network.ts";
import { type Attachment, attachmentsOf, Wish } from "./attachment.ts";
import { isName, NAME } from "../name.ts";
import type { NetworkField } from "../specification/fields.ts";

/** What a container's network is. */
export type NetworkMode =
  /** A namespace of its own with nothing but a loopback. */
  | { kind: "none" }
  /** The host's. */
  | { kind: "host" }
  /** That of the container `name`, which runs. */
  | { kind: "container"; name: string }
  /** The namespace at `path`. */
  | { kind: "namespace"; path: string }
  /** One of its own, connected to each of these networks, in this order. */
  | { kind: "networks"; networks: readonly Attachment[] };

/** Where nobody says: the default network. */
export const DEFAULT_MODE: NetworkMode = {
  kind: "networks",
  networks: attachmentsOf([{ name: DEFAULT_NETWORK, aliases: [] }]),
};

/** What may be said; completes "expected …". */
export const NETWORK_MODES =
  "none, host, container:NAME, ns:PATH or names of networks";

/** The mode as a field of a specification: a word, or a list of networks. */
export const networkMode: Schema<
  NetworkMode,
  NetworkField | NetworkField[]
> = {
  expected: NETWORK_MODES,
  json() {
    const name = { type: "string", pattern: NAME.source };
    const others = `^container:${NAME.source.slice(1)}|^ns:/`;
    const network = { anyOf: [name, jsonSchema(Wish)] };
    return {
      anyOf: [
        ...network.anyOf,
        { type: "string", pattern: others },
        { type: "array", items: network, minItems: 1 },
      ],
    };
  },
  read(value, at, problems) {
    const entries: readonly unknown[] = Array.isArray(value) ? value : [value];
    const placeOf = (key: number): Place =>
      entries === value ? { key, above: at } : at;
    const before = problems.length;
    const modes = entries.map((entry, key) =>
      readEntry(entry, placeOf(key), problems)
    );
    if (problems.length > before) return modes[0] as never;
    const [first] = modes;
    if (!first) return refuse(NETWORK_MODES, value, at, problems);
    if (!("wish" in first) && modes.length === 1) return first;
    const wishes = modes.flatMap((mode, key) => {
      if ("wish" in mode) return [mode.wish];
      const message = `"${entries[key]}" is not for several networks`;
      complain(message, placeOf(key), problems);
      return [];
    });
    for (const field of ["name", "interface"] as const) {
      const key = findSecond(wishes.map((wish) => wish[field]));
      if (key === -1) continue;
      complain(
        `"${wishes[key]![field]}" is there twice`,
        placeOf(key),
        problems,
      );
    }
    return { kind: "networks", networks: attachmentsOf(wishes) };
  },
};

/** The index of the first value that was there before, or -1. */
function findSecond(values: readonly (string | undefined)[]): number {
  return values.findIndex((value, index) =>
    value !== undefined && values.indexOf(value) < index
  );
}

type Entry = Exclude<NetworkMode, { kind: "networks" }> | { wish: Wish };

function readEntry(entry: unknown, at: Place, problems: Problem[]): Entry {
  if (isObject(entry)) return { wish: Wish.read(entry, at, problems) };
  if (typeof entry !== "string") {
    return refuse(NETWORK_MODES, entry, at, problems);
  }
  return readWord(entry) ?? refuse(NETWORK_MODES, entry, at, problems);
}

function readWord(word: string): Entry | undefined {
  if (word === "none" || word === "host") return { kind: word };
  // docker's other word for it
  if (word === "default") {
    return { wish: { name: DEFAULT_NETWORK, aliases: [] } };
  }
  const name = /^container:(.*)$/.exec(word)?.[1];
  if (name !== undefined && isName(name)) return { kind: "container", name };
  const path = /^ns:(\/[^\0]*)$/.exec(word)?.[1];
  if (path !== undefined) return { kind: "namespace", path };
  return isName(word) ? { wish: { name: word, aliases: [] } } : undefined;
}
