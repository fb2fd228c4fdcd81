/**
 * What is noted of a container's published ports.
 *
 *     DATA/containers/ID/ports.json  {@linkcode Publication}, of this life
 *
 * @module
 */
import type { Store } from "../../runtime/store.ts";
import { ifThere, replaceFile, tryReadJson } from "../../sys/entry.ts";
import type { Transport } from "../../sys/inet.ts";
import type { ContainerId } from "../id.ts";
import { cniFile, portsFile } from "../store.ts";

/** A port of the host that leads to a container. */
export interface Publication {
  /** What speaks over it. */
  readonly protocol: Transport;
  /** 0.0.0.0 and :: are all addresses of the host. */
  readonly hostIP: string;
  /** Where others connect. */
  readonly hostPort: number;
  /** Where it leads. */
  readonly containerIP: string;
  /** What the container listens on. */
  readonly containerPort: number;
  /** Who may connect, as prefixes; everyone unless given. */
  readonly from?: readonly string[];
}

/** What ports.json holds. */
export interface NotedPorts {
  /** Whether they are led to the container; until then its monitor holds them. */
  readonly open: boolean;
  readonly ports: readonly Publication[];
  /** Held, and led nowhere until the container has a way out again. */
  readonly idle?: readonly Publication[];
}

/** Notes the ports of a container, before anything is done with them. */
export function notePorts(
  store: Store,
  container: ContainerId,
  noted: NotedPorts,
): void {
  replaceFile(portsFile(store, container), JSON.stringify(noted));
}

/** What was noted of this life, or of the last; mostly nothing. */
export function notedPorts(store: Store, container: ContainerId): NotedPorts {
  return tryReadJson(portsFile(store, container)) ?? { open: false, ports: [] };
}

/** The ports of a container, led to it or held for it. */
export function readPorts(
  store: Store,
  container: ContainerId,
): readonly Publication[] {
  return notedPorts(store, container).ports;
}

/** The same with what plugins of CNI have published, for people to know. */
export function readAllPorts(
  store: Store,
  container: ContainerId,
): Publication[] {
  const noted = tryReadJson<{ ports?: Publication[] }>(
    cniFile(store, container),
  );
  return [...readPorts(store, container), ...noted?.ports ?? []];
}

/** Forgets what a container had published, once it is no longer. */
export function forgetPorts(store: Store, container: ContainerId): void {
  const path = portsFile(store, container);
  ifThere(path, () => Deno.removeSync(path)); // another may have seen it too
}
