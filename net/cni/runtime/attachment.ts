/**
 * Attaching containers to networks, and taking them off. Follows the CNI
 * specification 1.1.0, section 3.
 *
 * @module
 */
import { type CniResult, formatResult } from "../result.ts";
import { knowsCommand } from "../version.ts";
import {
  attachmentOf,
  configOf,
  type Entry,
  type EntryKey,
  entryOf,
  findEntry,
  removeEntry,
  resultOf,
  writeEntry,
} from "./cache.ts";
import { type Attachment, planChain } from "./chain.ts";
import { type InvokeOptions, PLUGIN_TIMEOUT } from "./invoke.ts";
import { lockCache } from "./lock.ts";
import { negotiate } from "./negotiate.ts";
import {
  CNI_NAME,
  type NetworkList,
  parseNetworkList,
} from "./network_list.ts";
import {
  DEFAULT_CACHE_DIRECTORY,
  DEFAULT_PLUGIN_DIRECTORIES,
} from "./defaults.ts";
import { requirePlugins, runAdd, runCalls } from "./run_chain.ts";

/** Where plugins are, and where is kept what they have made. */
export interface CniPlaces extends InvokeOptions {
  /** See `cache.ts`. */
  readonly cacheDirectory: string;
}

/** Places used when none are given. */
export const DEFAULT_PLACES: CniPlaces = {
  directories: DEFAULT_PLUGIN_DIRECTORIES,
  timeout: PLUGIN_TIMEOUT,
  cacheDirectory: DEFAULT_CACHE_DIRECTORY,
};

/** An attachment that is not there. */
export class NotAttachedError extends Error {
  /** Tells it from other errors. */
  override readonly name = "NotAttachedError";

  /** Says where it was looked for. */
  constructor({ containerId, networkName, ifName }: EntryKey, cache: string) {
    super(
      `container "${containerId}" is not attached to network ` +
        `"${networkName}" as ${ifName}: ${cache}/results has nothing of it`,
    );
  }
}

/**
 * Attaches a container to a network, as ADD. What is left of an earlier
 * attachment is removed first. When it fails, what was made is removed.
 *
 * @throws {MissingPluginError} before anything is done
 * @throws {PluginError | NoCommonVersionError}
 */
export async function addAttachment(
  offered: NetworkList,
  attachment: Attachment,
  places: CniPlaces = DEFAULT_PLACES,
): Promise<CniResult> {
  checkId(attachment.containerId);
  requirePlugins(offered, places);
  using _lock = await lockCache(places.cacheDirectory, { alone: false });
  const network = await negotiate(offered, places);
  const calls = planChain("ADD", network, {
    attachment,
    directories: places.directories,
  });
  const entry = entryOf(network, attachment);
  const left = findEntry(places.cacheDirectory, entry);
  if (left) {
    // It is there still where a start was killed and is made again.
    const isSame = left.netns === attachment.netns;
    await undo(left, isSame ? attachment.netns : "", places);
  }
  writeEntry(places.cacheDirectory, entry);
  try {
    const result = await runAdd(calls, network.version, places);
    writeEntry(
      places.cacheDirectory,
      entryOf(network, attachment, result),
    );
    return result;
  } catch (error) {
    throw await undoFailed(error, entry, attachment, places);
  }
}

/**
 * Takes a container off a network, as DEL, by what is known of the attachment:
 * the network's file may have changed, or gone. Nothing known is no failure.
 *
 * @param netns The path of the container's namespace, "" when that is gone. It
 * is not that of ADD: a pid in it may be another process's by now.
 * @throws {MissingPluginError | PluginError} and it stays known
 */
export async function deleteAttachment(
  key: EntryKey,
  netns: string,
  places: CniPlaces = DEFAULT_PLACES,
): Promise<void> {
  using _lock = await lockCache(places.cacheDirectory, { alone: false });
  const entry = findEntry(places.cacheDirectory, key);
  if (entry) await undo(entry, netns, places);
  else removeEntry(places.cacheDirectory, key);
}

/**
 * Asks the plugins whether an attachment is as they made it, as CHECK. Returns
 * at once where the network has `disableCheck`, or is older than CHECK.
 *
 * @throws {NotAttachedError}
 * @throws {MissingPluginError | PluginError} what is wrong with it
 */
export async function checkAttachment(
  key: EntryKey,
  places: CniPlaces = DEFAULT_PLACES,
): Promise<void> {
  using _lock = await lockCache(places.cacheDirectory, { alone: false });
  const entry = findEntry(places.cacheDirectory, key);
  if (!entry?.result) throw new NotAttachedError(key, places.cacheDirectory);
  const network = networkOf(entry);
  if (network.disableCheck || !knowsCommand(network.version, "CHECK")) return;
  const calls = planChain("CHECK", network, {
    attachment: attachmentOf(entry, entry.netns ?? ""),
    directories: places.directories,
    prevResult: prevResultOf(entry, network),
  });
  await runCalls(calls, places);
}

/**
 * Runs DEL for an entry and removes it; the caller holds the lock.
 *
 * @throws {MissingPluginError | PluginError} and it stays
 */
export async function undo(
  entry: Entry,
  netns: string,
  places: CniPlaces,
): Promise<void> {
  const network = networkOf(entry);
  const calls = planChain("DEL", network, {
    attachment: attachmentOf(entry, netns),
    directories: places.directories,
    prevResult: prevResultOf(entry, network),
  });
  await runCalls(calls, places);
  removeEntry(places.cacheDirectory, entry);
}

/** What an ADD that failed has made goes; returns the error to throw. */
async function undoFailed(
  error: unknown,
  entry: Entry,
  { netns }: Attachment,
  places: CniPlaces,
): Promise<unknown> {
  try {
    await undo(entry, netns, places);
    return error;
  } catch (second) {
    if (!(error instanceof Error) || !(second instanceof Error)) return error;
    // The entry stays, so that a later DEL may succeed.
    return new AggregateError(
      [error, second],
      `${error.message}; and what it had made could not be removed: ` +
        second.message,
      { cause: error },
    );
  }
}

/** The network of an entry, as it was when the attachment was made. */
export function networkOf(entry: Entry): NetworkList {
  return parseNetworkList(configOf(entry), `${entry.networkName}.conflist`);
}

/** What was made, in the words of the network's version. */
function prevResultOf(
  entry: Entry,
  { version }: NetworkList,
): object | undefined {
  const result = resultOf(entry);
  return result && formatResult(result, version);
}

function checkId(id: string): void {
  if (CNI_NAME.test(id)) return;
  throw new TypeError(
    `${JSON.stringify(id)} is no container id of CNI; allowed: letters, ` +
      "digits, _ . or -, the first a letter or digit",
  );
}
