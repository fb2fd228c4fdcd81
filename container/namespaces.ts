/**
 * The namespaces of a container's configuration.
 *
 * @module
 */
import type { Namespace } from "../runtime/spec.ts";
import type { NetworkMode } from "./network/mode.ts";
import { containerOf } from "./specification/sharing_fields.ts";
import type { Specification } from "./specification/specification.ts";
import type { Container } from "./store.ts";

/** Fields of a specification, and the namespaces they are about. */
const FIELDS = [
  ["pid", "pid"],
  ["ipc", "ipc"],
  ["uts", "uts"],
  ["cgroupns", "cgroup"],
] as const;

/**
 * The namespaces of the image, without those shared with the host. One that is
 * another container's has a path only while that runs: see `shared.ts`.
 */
export function containerNamespaces(
  spec: Specification,
  base: readonly Namespace[],
): Namespace[] {
  const asked = new Map<Namespace["type"], Namespace[]>();
  for (const [field, type] of FIELDS) {
    const mode = spec[field];
    if (mode) asked.set(type, mode === "host" ? [] : [{ type }]);
  }
  if (spec.network) asked.set("network", networkNamespace(spec.network));
  return [
    ...base.filter(({ type }) => !asked.has(type)),
    ...[...asked.values()].flat(),
  ];
}

/**
 * Whether the kernel ends all processes of a container with its first: it does
 * so where they have a pid namespace of their own.
 */
export function endsWithInit({ config, pid }: Container): boolean {
  return containerOf(pid) === undefined && config.linux.namespaces
    .some(({ type, path }) => type === "pid" && path === undefined);
}

function networkNamespace(mode: NetworkMode): Namespace[] {
  if (mode.kind === "host") return [];
  if (mode.kind !== "namespace") return [{ type: "network" }];
  return [{ type: "network", path: mode.path }];
}
