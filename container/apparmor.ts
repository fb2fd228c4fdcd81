/**
 * The AppArmor profile of containers: docker's, under a name of rkl's own,
 * loaded once after each boot by whichever container comes first.
 *
 * The kernel takes profiles compiled; that is what apparmor_parser is for.
 * Where it is not installed, containers run without.
 *
 * @module
 */
import { exists, tryReadText } from "../sys/entry.ts";
import { appArmorParser, OWN_PROFILE } from "../runtime/host/apparmor.ts";

const LOADED = "/sys/kernel/security/apparmor/profiles";
const ABSTRACTIONS = "/etc/apparmor.d";
/** Whether a profile of that name is in the kernel. */
export function isLoaded(name: string = OWN_PROFILE): boolean {
  // A line is `NAME (MODE)`; names of children are PARENT//CHILD.
  const lines = tryReadText(LOADED)?.split("\n") ?? [];
  return lines.some((line) => line.replace(/ \(\w+\)$/, "") === name);
}

/** Loads rkl's profile unless it is; whether it is in the kernel then. */
export async function loadAppArmor(): Promise<boolean> {
  if (isLoaded()) return true;
  const parser = appArmorParser();
  if (parser === undefined) return false;
  const child = new Deno.Command(parser, {
    args: ["--skip-cache", "--replace"],
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  const text = appArmorProfile(OWN_PROFILE, {
    abi: exists(`${ABSTRACTIONS}/abi/3.0`),
    tunables: exists(`${ABSTRACTIONS}/tunables/global`),
    abstractions: exists(`${ABSTRACTIONS}/abstractions/base`),
  });
  // One that refuses the profile may have ended before it read all of it.
  await writer.write(new TextEncoder().encode(text)).catch(() => {});
  await writer.close().catch(() => {});
  return (await child.status).success;
}

/** What of AppArmor's own files is installed. */
export interface AppArmorFiles {
  abi: boolean;
  tunables: boolean;
  abstractions: boolean;
}

/**
 * The text of the profile: everything that capabilities, mounts and devices
 * leave to a container, but for parts of procfs and sysfs that are the host's.
 */
export function appArmorProfile(
  name: string,
  { abi, tunables, abstractions }: AppArmorFiles,
): string {
  const head = [
    // Of 4.0 and later "network" would no longer mean Unix sockets too.
    ...(abi ? ["abi <abi/3.0>,"] : []),
    tunables ? "#include <tunables/global>" : "@{PROC}=/proc/",
  ];
  const rules = [
    ...(abstractions ? ["#include <abstractions/base>"] : []),
    "network,",
    "deny network alg,",
    "capability,",
    "file,",
    "umount,",
    "deny mount,",
    // rkl stops containers from the host; in them, processes of the profile.
    "signal (receive) peer=unconfined,",
    `signal (send, receive) peer=${name},`,
    `ptrace (trace, tracedby, read, readby) peer=${name},`,
    // Files right below /proc, and directories there that are no processes.
    "deny @{PROC}/* w,",
    "deny @{PROC}/{[^1-9],[^1-9][^0-9],[^1-9s][^0-9y][^0-9s]," +
    "[^1-9][^0-9][^0-9][^0-9]*}/** w,",
    // Of /proc/sys only kernel/shm* is the container's own.
    "deny @{PROC}/sys/[^k]** w,",
    "deny @{PROC}/sys/kernel/{?,??,[^s][^h][^m]**} w,",
    "deny @{PROC}/sysrq-trigger rwklx,",
    "deny @{PROC}/kcore rwklx,",
    // Of /sys only fs/cgroup.
    "deny /sys/[^f]*/** wklx,",
    "deny /sys/f[^s]*/** wklx,",
    "deny /sys/fs/[^c]*/** wklx,",
    "deny /sys/fs/c[^g]*/** wklx,",
    "deny /sys/fs/cg[^r]*/** wklx,",
    "deny /sys/firmware/** rwklx,",
    "deny /sys/devices/virtual/powercap/** rwklx,",
    "deny /sys/kernel/security/** rwklx,",
  ];
  return [
    ...head,
    `profile ${name} flags=(attach_disconnected, mediate_deleted) {`,
    ...rules.map((rule) => `  ${rule}`),
    "}",
    "",
  ].join("\n");
}
