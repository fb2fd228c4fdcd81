/**
 * What is attached on this host, on disk, as libcni keeps it, so that other
 * tools find it. Here an entry is written before ADD too, without a result: so
 * what a killed rkl left half done is known.
 *
 *     CACHE/results/NETWORK-CONTAINERID-IFNAME  {@linkcode Entry}
 *     CACHE/NETWORK-CONTAINERID-IFNAME.new      one that is being written
 *     CACHE/rkl.lock                            see `lock.ts`
 *
 * @module
 */
import { tryParseJson } from "../../../sys/json.ts";
import {
  check,
  list,
  object,
  optional,
  type Output,
  record,
  scalar,
  textThat,
} from "../../../sys/schema.ts";
import { exists, tryReadText } from "../../../sys/entry.ts";
import { isMissing } from "../../../sys/path.ts";
import {
  type CniResult,
  formatResult,
  parseResult,
  withoutNulls,
} from "../result.ts";
import type { Attachment } from "./chain.ts";
import type { NetworkList } from "./network_list.ts";

/** The kind of an entry that libcni reads. */
const KIND = "cniCacheV1";

const text = textThat("a string", () => true);
const anything = scalar<unknown>("anything", () => true);

const Entry = object({
  kind: textThat(KIND, (kind) => kind === KIND),
  containerId: text,
  /** The network's configuration, in base64. */
  config: text,
  ifName: text,
  networkName: text,
  netns: optional(text),
  cniArgs: optional(list(list(text, "strings"), "pairs")),
  capabilityArgs: optional(record(anything, "anything")),
  /** As the last plugin printed it; missing while ADD is under way. */
  result: optional(record(anything, "anything")),
});

/** What is known of an attachment. */
export type Entry = Output<typeof Entry>;

/** What tells an attachment from others. */
export type EntryKey = Pick<Entry, "networkName" | "containerId" | "ifName">;

/** The entry of an attachment; without a result, one that is being made. */
export function entryOf(
  network: NetworkList,
  attachment: Attachment,
  result?: CniResult,
): Entry {
  const { containerId, ifName, netns, args, capabilities } = attachment;
  return {
    kind: KIND,
    containerId,
    config: new TextEncoder().encode(formatNetwork(network)).toBase64(),
    ifName,
    networkName: network.name,
    netns,
    cniArgs: args.map((pair) => [...pair]),
    capabilityArgs: { ...capabilities },
    ...(result && { result: { ...formatResult(result, network.version) } }),
  };
}

/** The network's configuration that an entry holds, as the text of a conflist. */
export function configOf({ config }: Entry): string {
  return new TextDecoder().decode(Uint8Array.fromBase64(config));
}

/**
 * What ADD returned; undefined while it is under way.
 *
 * @throws {CniError} when others have written something else
 */
export function resultOf(
  { result, networkName }: Entry,
): CniResult | undefined {
  if (!result) return undefined;
  const what = `the result of network "${networkName}" that was kept`;
  return parseResult(result, what);
}

/** The attachment that an entry tells of. */
export function attachmentOf(entry: Entry, netns: string): Attachment {
  const { containerId, ifName, cniArgs = [], capabilityArgs = {} } = entry;
  return {
    containerId,
    ifName,
    netns,
    args: cniArgs.map(([key = "", value = ""]) => [key, value]),
    capabilities: capabilityArgs,
  };
}

/** Writes an entry, in place of one that is there. */
export function writeEntry(directory: string, entry: Entry): void {
  const results = `${directory}/results`;
  Deno.mkdirSync(results, { recursive: true, mode: 0o700 });
  // Whatever is among the results is read by others.
  const draft = draftOf(directory, entry);
  Deno.writeTextFileSync(draft, JSON.stringify(entry), { mode: 0o600 });
  Deno.renameSync(draft, pathOf(directory, entry));
}

/** Removes an entry, and one half written; none at all is no failure. */
export function removeEntry(directory: string, key: EntryKey): void {
  for (const path of [draftOf(directory, key), pathOf(directory, key)]) {
    try {
      if (exists(path)) Deno.removeSync(path);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
}

/** The entry of an attachment, if there is one that can be read. */
export function findEntry(
  directory: string,
  key: EntryKey,
): Entry | undefined {
  return readEntry(pathOf(directory, key));
}

/** All entries that can be read, by the names of their files. */
export function listEntries(directory: string): Entry[] {
  const results = `${directory}/results`;
  try {
    return [...Deno.readDirSync(results)].map(({ name }) => name).sort()
      .flatMap((name) => readEntry(`${results}/${name}`) ?? []);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Other tools put other kinds there too. */
function readEntry(path: string): Entry | undefined {
  const value = tryParseJson(tryReadText(path) ?? "null");
  const read = check(Entry, withoutNulls(value));
  return "value" in read ? read.value : undefined;
}

function pathOf(directory: string, key: EntryKey): string {
  return `${directory}/results/${nameOf(key)}`;
}

function draftOf(directory: string, key: EntryKey): string {
  return `${directory}/${nameOf(key)}.new`;
}

function nameOf({ networkName, containerId, ifName }: EntryKey): string {
  return `${networkName}-${containerId}-${ifName}`;
}

/** What makes DEL independent of files that change or go. */
function formatNetwork(network: NetworkList): string {
  const { name, version, disableCheck, disableGC, plugins } = network;
  return JSON.stringify({
    cniVersion: version,
    name,
    ...(disableCheck && { disableCheck }),
    ...(disableGC && { disableGC }),
    loadOnlyInlinedPlugins: true,
    plugins,
  });
}
