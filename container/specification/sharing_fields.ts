/**
 * Namespaces that a container has for itself, or shares with the host or with
 * another container.
 *
 * @module
 */
import { matching, oneOf, optional, type Schema } from "../../sys/schema.ts";
import { NAME } from "../name.ts";

const OTHER = `container:${NAME.source.slice(1, -1)}`;

/** One of `words`, or `container:NAME`. */
function wordsOrContainer(words: readonly string[]): Schema<string> {
  return matching(
    `one of ${words.join(", ")}, container:NAME`,
    new RegExp(`^(${words.join("|")}|${OTHER})$`),
  );
}

const privateOrHost = optional(oneOf(["private", "host"]));

/** The fields, by their names. */
export const SHARING_FIELDS = {
  pid: optional(wordsOrContainer(["private", "host"])),
  ipc: optional(
    wordsOrContainer(["private", "shareable", "none", "host"]),
  ),
  uts: privateOrHost,
  cgroupns: privateOrHost,
};

/** The container that a mode names, if it does. */
export function containerOf(mode: string | undefined): string | undefined {
  return /^container:(.*)$/.exec(mode ?? "")?.[1];
}
