/**
 * Asking the plugins of a network of CNI how it is: CNI's STATUS, and CHECK for
 * each container on it.
 *
 * @module
 */
import { checkAttachment } from "../../net/cni/runtime/attachment.ts";
import { listEntries } from "../../net/cni/runtime/cache.ts";
import type { ConfiguredNetwork } from "../../net/cni/runtime/conf_directory.ts";
import { checkStatus } from "../../net/cni/runtime/maintenance.ts";
import type { Store } from "../../runtime/store.ts";
import { ownerOf, placesOf } from "./cni.ts";
import { nameOf } from "../store.ts";

/** How a network is, by what its plugins say: `ok`, or what is wrong. */
export interface CniHealth {
  /** Whether they can add containers. */
  readonly status: string;
  /** Whether containers are on it as they were put there, by their names. */
  readonly checks: { readonly [container: string]: string };
}

/** Asks the plugins of a network. What stands in their way is an answer too. */
export async function checkCniNetwork(
  store: Store,
  network: ConfiguredNetwork,
): Promise<CniHealth> {
  const places = placesOf(store);
  const checks: Record<string, string> = {};
  for (const entry of listEntries(places.cacheDirectory)) {
    const owner = ownerOf(store, entry);
    if (owner === undefined || entry.networkName !== network.name) continue;
    checks[nameOf(store, owner)] = await outcome(() =>
      checkAttachment(entry, places)
    );
  }
  return { status: await outcome(() => checkStatus(network, places)), checks };
}

async function outcome(ask: () => Promise<void>): Promise<string> {
  try {
    await ask();
    return "ok";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
