/**
 * Logs in the formats of others: files of Kubernetes' container runtimes, and
 * of docker's json-file driver.
 *
 * @module
 */
import { Chunks, type Entry, joined } from "./chunks.ts";
import type { Formatter } from "./format.ts";
import { jsonText } from "./json_text.ts";
import { stamp } from "./stamp.ts";

const encoder = new TextEncoder();
const NEWLINE = encoder.encode("\n");

/**
 * `TIME stdout F TEXT`, as the kubelet reads it: P instead of F for a part of a
 * line that goes on, or never ends.
 */
export function cri(): Formatter {
  // Many lines are read at once, and have one time.
  let known = { text: "", bytes: NEWLINE };
  return entries(({ stream, time, bytes, whole }) => {
    const text = `${stamp(time)} ${stream} ${whole ? "F" : "P"} `;
    if (known.text !== text) known = { text, bytes: encoder.encode(text) };
    return [known.bytes, bytes, NEWLINE];
  });
}

/**
 * `{"log":"TEXT\n","stream":"stdout","time":"TIME"}`, as docker writes it: the
 * newline is missing where the line goes on, and what is no UTF-8 is replaced.
 *
 * @param attributes What `--log-opt labels=…` and the like chose.
 */
export function jsonFile(
  attributes: Readonly<Record<string, string>> = {},
): Formatter {
  const attrs = Object.keys(attributes).length > 0
    ? `,"attrs":${JSON.stringify(attributes)}`
    : "";
  return entries(({ stream, lineTime, bytes, whole }) => {
    const log = `${jsonText(bytes)}${whole ? "\\n" : ""}`;
    const time = stamp(lineTime);
    return [encoder.encode(
      `{"log":"${log}","stream":"${stream}"${attrs},"time":"${time}"}\n`,
    )];
  });
}

function entries(format: (entry: Entry) => Uint8Array[]): Formatter {
  const chunks = new Chunks();
  return {
    format: (piece) => [...chunks.take(piece)].flatMap(format),
    end: () =>
      [...chunks.end()].map((entry) => ({
        stream: entry.stream,
        bytes: joined(format(entry)),
      })),
  };
}
