/**
 * What is done for a network as a whole: garbage is collected (GC), and its
 * plugins are asked whether they are ready (STATUS). Follows the CNI
 * specification 1.1.0, sections 2 and 3.
 *
 * @module
 */
import { knowsCommand } from "../version.ts";
import { type CniPlaces, DEFAULT_PLACES, undo } from "./attachment.ts";
import { type Entry, listEntries } from "./cache.ts";
import { DEFAULT_CACHE_DIRECTORY } from "./defaults.ts";
import { planChain, type ValidAttachment } from "./chain.ts";
import { lockCache } from "./lock.ts";
import { negotiate } from "./negotiate.ts";
import type { NetworkList } from "./network_list.ts";
import { runCalls, tryCalls } from "./run_chain.ts";

/**
 * Removes attachments that nobody has any more, by DEL, and then tells the
 * plugins of those that remain, by GC, if the network's version has that. Does
 * nothing where it has `disableGC`. Returns all failures: one does not keep
 * others from being done.
 *
 * Attachments that others have made with libcni are valid.
 *
 * @param isOver Whether an attachment is one that nobody has any more.
 * @throws {MissingPluginError | NoCommonVersionError | PluginError} when the
 * version is to be found out
 */
export async function collectGarbage(
  offered: NetworkList,
  isOver: (entry: Entry) => boolean,
  places: CniPlaces = DEFAULT_PLACES,
): Promise<Error[]> {
  if (offered.disableGC) return [];
  const { cacheDirectory } = places;
  using _lock = await lockCache(cacheDirectory, { alone: true });
  const network = await negotiate(offered, places);
  const own = entriesOf(network, cacheDirectory);
  const others = cacheDirectory === DEFAULT_CACHE_DIRECTORY
    ? []
    : entriesOf(network, DEFAULT_CACHE_DIRECTORY);
  const failures: Error[] = [];
  for (const entry of own.filter(isOver)) {
    try {
      await undo(entry, "", places);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      failures.push(error);
    }
  }
  if (!knowsCommand(network.version, "GC")) return failures;
  const valid = [...own.filter((entry) => !isOver(entry)), ...others];
  const calls = planChain("GC", network, {
    directories: places.directories,
    valid: valid.map(({ containerId, ifName }): ValidAttachment => ({
      containerID: containerId,
      ifname: ifName,
    })),
  });
  return [...failures, ...await tryCalls(calls, places)];
}

/**
 * Asks the plugins whether they can add containers, as STATUS; those of a
 * version that has no STATUS are taken at their word.
 *
 * @throws {MissingPluginError | NoCommonVersionError}
 * @throws {PluginError} what they say is in the way
 */
export async function checkStatus(
  offered: NetworkList,
  places: CniPlaces = DEFAULT_PLACES,
): Promise<void> {
  const network = await negotiate(offered, places);
  if (!knowsCommand(network.version, "STATUS")) return;
  const { directories } = places;
  await runCalls(planChain("STATUS", network, { directories }), places);
}

function entriesOf({ name }: NetworkList, cacheDirectory: string): Entry[] {
  return listEntries(cacheDirectory)
    .filter(({ networkName }) => networkName === name);
}
