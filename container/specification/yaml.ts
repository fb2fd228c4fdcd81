/**
 * YAML that remembers where each value stood. The only file that imports the
 * YAML library: its browser build costs 6 ms of a cold start, its node build 24.
 *
 * @module
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type Range,
  type YAMLError,
} from "yaml";
import { SpecificationError } from "./error.ts";

/** One YAML document. */
export type Yaml = {
  /** What it says, as JSON would have it. */
  value: unknown;
  /**
   * Where a value, or its key, stands, as `file:line:column`. Of what is not
   * there, the place of what it is missing from.
   */
  locate(keys: readonly PropertyKey[], about: "key" | "value"): string;
};

/** Aliases may multiply a document's size; a specification needs few. */
const MAX_ALIASES = 100;

/** The library's errors that have better words; `at` is what stands there. */
const WORDS: Readonly<Record<string, (at: string) => string>> = {
  DUPLICATE_KEY: (at) => `the key ${at} is given twice`,
  TAB_AS_INDENT: () => "a tab cannot indent; use spaces",
  TAG_RESOLVE_FAILED: (at) => `the tag ${at} means nothing here`,
  MULTILINE_IMPLICIT_KEY: () => "expected : after a key, on its line",
};

/**
 * Reads a text with one YAML document.
 *
 * @param file What to call it in errors.
 * @throws {SpecificationError} With the place of the first error of YAML.
 */
export function parseYaml(text: string, file: string): Yaml {
  const lines = new LineCounter();
  const fail = (offset: number, message: string) => {
    const { line, col } = lines.linePos(offset);
    const where = `${file}:${line}:${col}`;
    return new SpecificationError([{ where, message }]);
  };
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
  });
  if (!Array.isArray(documents) || documents[0] === undefined) {
    throw fail(0, "the file is empty; expected an object");
  }
  const [document, second] = documents;
  const [error] = [...document.errors, ...document.warnings];
  if (error) throw fail(error.pos[0], explain(error, text));
  if (second) {
    const offset = second.contents?.range?.[0] ?? second.range[0];
    throw fail(offset, "a second document begins; expected one a file");
  }
  return {
    value: toValue(document, (message) => {
      const alias = /\(the anchor.*: (.*)$/.exec(message)?.[1];
      const offset = alias === undefined ? 0 : text.indexOf(`*${alias}`);
      return fail(Math.max(offset, 0), message);
    }),
    locate(keys, about) {
      const { line, col } = lines.linePos(offsetOf(document, keys, about));
      return `${file}:${line}:${col}`;
    },
  };
}

function explain(error: YAMLError, text: string): string {
  const words = WORDS[error.code];
  const at = /^[^\s:,{}[\]]*/.exec(text.slice(error.pos[0]))![0];
  if (words) return words(at);
  return `not valid YAML: ${error.message.replace(/\s+/g, " ")}`;
}

/** The document's data, with its aliases followed. */
function toValue(document: Document, fail: (message: string) => Error) {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    // An alias without an anchor, or too many of them.
    if (!(error instanceof ReferenceError)) throw error;
    throw fail(`not valid YAML: ${error.message}`);
  }
}

/** Follows a path of keys as far as it goes. */
function offsetOf(
  document: Document.Parsed,
  keys: readonly PropertyKey[],
  about: "key" | "value",
): number {
  const start = (node: Node | null | undefined) =>
    (node?.range as Range | null | undefined)?.[0];
  let node = document.contents as Node | null;
  let offset = start(node) ?? 0;
  for (const [depth, key] of keys.entries()) {
    if (isAlias(node)) node = node.resolve(document) ?? null;
    const pair = isMap(node)
      ? node.items.find((pair) =>
        isScalar(pair.key) && String(pair.key.value) === String(key)
      )
      : undefined;
    const next = isSeq(node) ? node.items[Number(key)] : pair?.value;
    if (pair === undefined && next === undefined) break;
    const last = depth === keys.length - 1;
    const shown = last && about === "key" && pair ? pair.key : next;
    offset = start(shown as Node) ?? start(pair?.key as Node) ?? offset;
    node = next as Node | null;
  }
  return offset;
}
