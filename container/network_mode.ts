/**
 * What a container's network is: the words of `network:` and `--network`.
 *
 * @module
 */
import { complain, refuse, type Schema } from "../runtime/schema.ts";
import { isName } from "./name.ts";

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
  /** One of its own, connected to each of these networks. */
  | { kind: "networks"; names: string[] };

/** What may be said; completes "expected …". */
export const NETWORK_MODES =
  "none, host, container:NAME, ns:PATH or names of networks";

/**
 * Reads the words of a mode: one, or several names of networks.
 *
 * @throws {TypeError} that says what is allowed
 */
export function parseNetworkMode(words: readonly string[]): NetworkMode {
  const modes = words.map(parseWord);
  const [first, ...others] = modes;
  if (first && others.length === 0) return first;
  const names = modes.map((mode, index) => {
    if (mode.kind === "networks") return mode.names[0]!;
    throw new TypeError(`"${words[index]}" is not for several networks`);
  });
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw new TypeError(`"${twice}" is there twice`);
  return { kind: "networks", names };
}

function parseWord(word: string): NetworkMode {
  if (word === "none" || word === "host") return { kind: word };
  const name = /^container:(.*)$/.exec(word)?.[1];
  if (name !== undefined && isName(name)) return { kind: "container", name };
  const path = /^ns:(\/[^\0]*)$/.exec(word)?.[1];
  if (path !== undefined) return { kind: "namespace", path };
  if (isName(word)) return { kind: "networks", names: [word] };
  throw new TypeError(`expected ${NETWORK_MODES}, got "${word}"`);
}

/** The mode as a field of a specification: a word, or a list of networks. */
export const networkMode: Schema<NetworkMode, string | string[]> = {
  expected: NETWORK_MODES,
  read(value, at, problems) {
    const words = typeof value === "string" ? [value] : value;
    const right = Array.isArray(words) && words.length > 0 &&
      words.every((word) => typeof word === "string");
    if (!right) return refuse(NETWORK_MODES, value, at, problems);
    try {
      return parseNetworkMode(words);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      return complain(error.message, at, problems) as never;
    }
  },
};
