/**
 * Which kernel parameters belong to a namespace, so that setting one changes
 * the container and not the host.
 *
 * @module
 */
import type { Namespace } from "./linux.ts";

/**
 * Owners of parameters, by full name or, with a dot at the end, by prefix.
 * From ipc/ipc_sysctl.c, ipc/mq_sysctl.c, kernel/utsname_sysctl.c,
 * kernel/ucount.c and net/sysctl_net.c.
 */
const OWNERS: readonly (readonly [string, Namespace["type"]])[] = [
  ["kernel.msgmax", "ipc"],
  ["kernel.msgmnb", "ipc"],
  ["kernel.msgmni", "ipc"],
  ["kernel.msg_next_id", "ipc"],
  ["kernel.sem", "ipc"],
  ["kernel.sem_next_id", "ipc"],
  ["kernel.shmall", "ipc"],
  ["kernel.shmmax", "ipc"],
  ["kernel.shmmni", "ipc"],
  ["kernel.shm_next_id", "ipc"],
  ["kernel.shm_rmid_forced", "ipc"],
  ["fs.mqueue.", "ipc"],
  ["kernel.hostname", "uts"],
  ["kernel.domainname", "uts"],
  ["net.", "network"],
  ["user.", "user"],
];

/** What the parameters that may be set are, for error messages. */
export const SYSCTLS =
  "net.*, kernel.shm*, kernel.msg*, kernel.sem*, fs.mqueue.*, " +
  "kernel.hostname, kernel.domainname or user.*";

/**
 * The path of a parameter below /proc/sys. As in sysctl(8) the first separator
 * of the name decides: after a dot, slashes stand for dots in a component.
 * Undefined for what is no name.
 */
export function sysctlPath(name: string): string | undefined {
  const dots = name.search(/[./]/) !== -1 && name[name.search(/[./]/)] === ".";
  const path = dots
    ? name.replace(/[./]/g, (separator) => separator === "." ? "/" : ".")
    : name;
  const parts = path.split("/");
  const bad = (part: string) => part === "" || part === "." || part === "..";
  return parts.length < 2 || parts.some(bad) ? undefined : path;
}

/** The namespace that owns the parameter at a path, if one does. */
export function sysctlOwner(path: string): Namespace["type"] | undefined {
  const name = path.replaceAll("/", ".");
  return OWNERS.find(([owned]) =>
    owned.endsWith(".") ? name.startsWith(owned) : name === owned
  )?.[1];
}
