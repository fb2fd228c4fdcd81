/**
 * The kernel's security modules (LSMs).
 *
 * @module
 */
import { tryReadText } from "../../sys/entry.ts";
import { trySyscall } from "../../sys/syscall.ts";

/** Their numbers, from linux/lsm.h. */
const NAMES: ReadonlyMap<bigint, string> = new Map([
  [100n, "capability"],
  [101n, "selinux"],
  [102n, "smack"],
  [103n, "tomoyo"],
  [104n, "apparmor"],
  [105n, "yama"],
  [106n, "loadpin"],
  [107n, "safesetid"],
  [108n, "lockdown"],
  [109n, "bpf"],
  [110n, "landlock"],
  [111n, "ima"],
  [112n, "evm"],
  [113n, "ipe"],
]);

/**
 * The names of those that are active, in the order in which they are asked.
 * Kernels before 6.8 tell of them in securityfs only; undefined where that is
 * not mounted.
 */
export function activeModules(): string[] | undefined {
  const ids = new BigUint64Array(64);
  const size = Uint32Array.of(ids.byteLength);
  const count = trySyscall(
    "lsm_list_modules",
    ...[new Uint8Array(ids.buffer), new Uint8Array(size.buffer), 0],
  );
  if (count >= 0) {
    return [...ids.subarray(0, count)].map((id) => NAMES.get(id) ?? `${id}`);
  }
  const text = tryReadText("/sys/kernel/security/lsm");
  return text?.trim().split(",");
}
