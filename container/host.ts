/**
 * The host as rkl finds it: what there is, what is missing, and what rkl has
 * made on it.
 *
 * @module
 */
import { findFeatures } from "../net/features.ts";
import { listNetworks } from "../net/network_store.ts";
import { findSettings } from "../net/settings.ts";
import {
  discoverHierarchies,
  type Hierarchies,
} from "../runtime/cgroup/hierarchies.ts";
import { CgroupError } from "../runtime/cgroup/errors.ts";
import {
  type Controller,
  findCgroups,
  listControllers,
} from "../runtime/host/cgroups.ts";
import { findKernel, type Wsl, wslOf } from "../runtime/host/kernel.ts";
import { findIdmapped, findOverlay } from "../runtime/host/layers.ts";
import { findNamespaces } from "../runtime/host/namespaces.ts";
import { findCapabilities, findSecurity } from "../runtime/host/security.ts";
import { type Storage, storageOf } from "../runtime/host/storage.ts";
import type { Status } from "../runtime/status.ts";
import type { Store } from "../runtime/store.ts";
import type { Finding } from "../sys/finding.ts";
import { listContainers } from "./describe.ts";
import { containersDirectory } from "./store.ts";

/** What is told of a host. */
export interface Host {
  /** The kernel's release. */
  readonly kernel: string;
  /** As `Deno.build.arch` spells it. */
  readonly architecture: string;
  /** Which Windows Subsystem for Linux it is; absent where it is Linux. */
  readonly wsl?: Wsl;
  readonly cgroup: {
    /** `none` where no cgroup file system is mounted. */
    readonly mode: Hierarchies["mode"] | "none";
    /** By name. */
    readonly controllers: readonly Controller[];
  };
  readonly storage: { readonly root: Storage; readonly dataRoot: Storage };
  /** How many containers there are, in all and by what they do; absent where that cannot be seen. */
  readonly containers?: ContainerCount;
  /** How many networks there are; absent where that cannot be seen. */
  readonly networks?: number;
  readonly features: readonly Finding[];
}

/** Containers, counted. */
export type ContainerCount = { readonly [S in Status | "total"]: number };

/**
 * Looks at the host. Nothing of what is tried there stays; what only root may
 * ask is unknown to others.
 */
export async function describeHost(store: Store): Promise<Host> {
  const { root, dataRoot } = store;
  const kernel = Deno.osRelease();
  const wsl = wslOf(kernel);
  const hierarchies = tryHierarchies();
  const containers = await unlessForbidden(() => countContainers(store));
  const networks = await unlessForbidden(() => listNetworks(store).length);
  return {
    kernel,
    architecture: Deno.build.arch,
    ...(wsl && { wsl }),
    cgroup: {
      mode: hierarchies?.mode ?? "none",
      controllers: hierarchies ? listControllers(hierarchies) : [],
    },
    storage: { root: storageOf(root), dataRoot: storageOf(dataRoot) },
    ...(containers && { containers }),
    ...(networks !== undefined && { networks }),
    features: [
      findKernel(kernel),
      ...findNamespaces(),
      findOverlay(containersDirectory(store)),
      findIdmapped(dataRoot),
      ...(hierarchies ? findCgroups(hierarchies) : []),
      ...findFeatures(),
      ...findSettings(),
      ...findSecurity(),
      ...findCapabilities(),
    ],
  };
}

async function countContainers(store: Store): Promise<ContainerCount> {
  const all = await listContainers(store);
  const count = (status: Status) =>
    all.filter((one) => one.status === status).length;
  return {
    total: all.length,
    creating: count("creating"),
    created: count("created"),
    running: count("running"),
    paused: count("paused"),
    stopped: count("stopped"),
  };
}

function tryHierarchies(): Hierarchies | undefined {
  try {
    return discoverHierarchies();
  } catch (error) {
    if (error instanceof CgroupError) return undefined;
    throw error;
  }
}

/** What is root's is not shown to others. */
async function unlessForbidden<T>(
  look: () => T | Promise<T>,
): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    const forbidden = error instanceof Deno.errors.PermissionDenied ||
      ["EACCES", "EPERM"].includes(Object(error).code);
    if (forbidden) return undefined;
    throw error;
  }
}
