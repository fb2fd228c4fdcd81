/**
 * The capabilities of a container.
 *
 * @module
 */
import type { Capabilities } from "../runtime/spec.ts";
import { CAPABILITIES } from "../runtime/spec/tables.ts";
import type { Specification } from "./specification/specification.ts";

/** What docker lets the root of a container do. */
export const DEFAULT_CAPABILITIES: readonly string[] = [
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_FSETID",
  "CAP_FOWNER",
  "CAP_MKNOD",
  "CAP_NET_RAW",
  "CAP_SETGID",
  "CAP_SETUID",
  "CAP_SETFCAP",
  "CAP_SETPCAP",
  "CAP_NET_BIND_SERVICE",
  "CAP_SYS_CHROOT",
  "CAP_KILL",
  "CAP_AUDIT_WRITE",
];

/**
 * The five sets of a container's process. An image's own sets stay as they are
 * when the specification says nothing about them or the user.
 */
export function containerCapabilities(
  { privileged, capabilities: { add, drop }, runAsUser }: Pick<
    Specification["securityContext"],
    "privileged" | "capabilities" | "runAsUser"
  >,
  base: Capabilities | undefined,
  uid: number,
): Capabilities {
  const silent = !privileged && add.length + drop.length === 0 &&
    runAsUser === undefined;
  if (base && silent) return base;
  const all = [...CAPABILITIES.keys()];
  const start = privileged ? all : base?.bounding ?? DEFAULT_CAPABILITIES;
  const kept = drop.includes("ALL")
    ? []
    : start.filter((name) => !drop.includes(name));
  const added = add.includes("ALL")
    ? all.filter((name) => !drop.includes(name))
    : add;
  const bounding = [...new Set([...kept, ...added])];
  // As execve(2) does it: who is not root starts without any.
  const held = uid === 0 ? bounding : [];
  return {
    bounding,
    effective: held,
    permitted: held,
    inheritable: [],
    ambient: [],
  };
}
