/**
 * Versions of CNI: which are spoken here, and what each can do.
 *
 * @module
 */
import { CNI_CODE, CniError } from "./error.ts";

/** The versions that are spoken here, oldest first. */
export const CNI_VERSIONS = [
  "0.3.0",
  "0.3.1",
  "0.4.0",
  "1.0.0",
  "1.1.0",
] as const;

/** One of them. */
export type CniVersion = typeof CNI_VERSIONS[number];

/** The newest of them. */
export const NEWEST_VERSION: CniVersion = "1.1.0";

/** What a plugin can be asked to do. */
export type CniCommand = keyof typeof COMMANDS;

/** Since which version a command is known. */
const COMMANDS = {
  ADD: "0.3.0",
  DEL: "0.3.0",
  CHECK: "0.4.0",
  GC: "1.1.0",
  STATUS: "1.1.0",
  VERSION: "0.3.0",
} as const satisfies Record<string, CniVersion>;

/** All commands, as CNI_COMMAND names them. */
export const CNI_COMMANDS = Object.keys(COMMANDS) as CniCommand[];

/** Whether a value is a version that is spoken here. */
export function isVersion(value: unknown): value is CniVersion {
  return CNI_VERSIONS.some((version) => version === value);
}

/** Whether a value names a command. */
export function isCommand(value: unknown): value is CniCommand {
  return CNI_COMMANDS.some((command) => command === value);
}

/** Whether a version is `least` or newer. */
export function isAtLeast(version: CniVersion, least: CniVersion): boolean {
  return CNI_VERSIONS.indexOf(version) >= CNI_VERSIONS.indexOf(least);
}

/** Whether a plugin of that version can be given the command. */
export function knowsCommand(
  version: CniVersion,
  command: CniCommand,
): boolean {
  return isAtLeast(version, COMMANDS[command]);
}

/**
 * The version that a configuration names.
 *
 * @throws {CniError} INCOMPATIBLE_VERSION for one that is not spoken here
 */
export function parseVersion(value: unknown): CniVersion {
  if (isVersion(value)) return value;
  throw new CniError(
    CNI_CODE.INCOMPATIBLE_VERSION,
    value === undefined
      ? "cniVersion is missing"
      : `cniVersion ${JSON.stringify(value)} is not supported`,
    `supported: ${CNI_VERSIONS.join(", ")}`,
  );
}

/**
 * The newest version that is spoken here among those a network configuration
 * offers in `cniVersion` and `cniVersions`.
 *
 * @throws {CniError} INCOMPATIBLE_VERSION when there is none
 */
export function chooseVersion(
  cniVersion: unknown,
  cniVersions: readonly unknown[] = [],
): CniVersion {
  const offered = [cniVersion, ...cniVersions];
  const best = CNI_VERSIONS.findLast((version) => offered.includes(version));
  return best ?? parseVersion(cniVersion ?? cniVersions[0]);
}
