/**
 * What is noted of a container's published ports.
 *
 *     DATA/containers/NAME/ports.json  {@linkcode Publication}, of this life
 *
 * @module
 */
import type { Store } from "../runtime/store.ts";
import { replaceFile, tryReadText } from "../sys/entry.ts";
import type { Transport } from "../sys/inet.ts";
import { cniFile, portsFile } from "./store.ts";

/** A port of the host that leads to a container. */
export interface Publication {
  readonly protocol: Transport;
  /** 0.0.0.0 and :: are all addresses of the host. */
  readonly hostIP: string;
  readonly hostPort: number;
  readonly containerIP: string;
  readonly containerPort: number;
  /** Who may connect, as prefixes; everyone unless given. */
  readonly from?: readonly string[];
}

/** Notes what a container has published, before it is. */
export function notePorts(
  store: Store,
  container: string,
  publications: readonly Publication[],
): void {
  replaceFile(portsFile(store, container), JSON.stringify(publications));
}

/** What a container has published in this life, or its last; mostly nothing. */
export function readPorts(store: Store, container: string): Publication[] {
  return JSON.parse(tryReadText(portsFile(store, container)) ?? "[]");
}

/** The same with what plugins of CNI have published, for people to know. */
export function readAllPorts(store: Store, container: string): Publication[] {
  const noted = JSON.parse(tryReadText(cniFile(store, container)) ?? "{}");
  return [...readPorts(store, container), ...noted.ports ?? []];
}

/** Forgets what a container had published, once it is no longer. */
export function forgetPorts(store: Store, container: string): void {
  try {
    Deno.removeSync(portsFile(store, container));
  } catch (error) {
    // Another process has seen it too.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
