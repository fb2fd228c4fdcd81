/**
 * Whether the kernel applies AppArmor profiles.
 *
 * @module
 */
import { tryReadText } from "../../sys/entry.ts";

/** Whether AppArmor is in the kernel and turned on. */
export function hasAppArmor(): boolean {
  return tryReadText("/sys/module/apparmor/parameters/enabled")?.[0] === "Y";
}
