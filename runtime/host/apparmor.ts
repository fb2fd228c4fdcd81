/**
 * Whether the kernel applies AppArmor profiles, and whether one can be loaded.
 *
 * @module
 */
import { exists, tryReadText } from "../../sys/entry.ts";
import { type Finding, findingOf } from "../../sys/finding.ts";

/** rkl's own profile, under which any program may be executed. */
export const OWN_PROFILE = "rkl-default";

/** Whether AppArmor is in the kernel and turned on. */
export function hasAppArmor(): boolean {
  return tryReadText("/sys/module/apparmor/parameters/enabled")?.[0] === "Y";
}

const PARSERS = ["/sbin/apparmor_parser", "/usr/sbin/apparmor_parser"];

/** The program that compiles profiles, if there is one. */
export function appArmorParser(): string | undefined {
  return PARSERS.find(exists);
}

/** Whether the profile of containers can be loaded, where it matters. */
export function findAppArmorParser(): Finding[] {
  if (!hasAppArmor()) return [];
  const parser = appArmorParser();
  return [findingOf({
    name: "apparmor-parser",
    why: "loads the AppArmor profile of containers",
    remedy: "install the package apparmor; containers run without a profile",
  }, { status: parser ? "ok" : "missing", detail: parser ?? "" })];
}
