/**
 * A container's filter of system calls: chosen, compiled, and kept with its
 * state, so that what is executed in it later gets the same one.
 *
 * @module
 */
import { ifThere } from "../../sys/entry.ts";
import { hostArch } from "../../sys/numbers.ts";
import { trySyscall } from "../../sys/syscall.ts";
import type { Config, Seccomp } from "../spec.ts";
import { ACTIONS } from "./actions.ts";

/** What seccomp(2) is given. */
export interface SeccompFilter {
  /** SECCOMP_FILTER_FLAG_…, of linux/seccomp.h. */
  flags: number;
  /** An array of struct sock_filter. */
  program: Uint8Array;
}

/** SECCOMP_FILTER_FLAG_… by name, less those about listeners. */
export const FILTER_FLAGS = { TSYNC: 1, LOG: 2, SPEC_ALLOW: 4 } as const;

/**
 * The filter of a config; undefined where it filters nothing. What it takes to
 * make one is loaded when one is made.
 *
 * @param builtin Filter as docker does, unless the config says how.
 * @throws {PlanError} when the kernel would not take it
 */
export async function filterOf(
  { process, linux }: Pick<Config, "process" | "linux">,
  builtin: boolean,
): Promise<SeccompFilter | undefined> {
  if (builtin && !linux.seccomp) {
    const capabilities = process.capabilities?.bounding ?? [];
    const { precompiled } = await import("./precompiled.ts");
    const program = precompiled(hostArch(), capabilities);
    if (program) return { flags: flagsOf({}), program };
  }
  const seccomp = await seccompOf({ process, linux }, builtin);
  return seccomp && await compiled(seccomp);
}

/** The profile that {@linkcode filterOf} compiles. */
export async function seccompOf(
  { process, linux }: Pick<Config, "process" | "linux">,
  builtin: boolean,
): Promise<Seccomp | undefined> {
  if (linux.seccomp || !builtin) return linux.seccomp;
  const { defaultSeccomp } = await import("./default_profile.ts");
  return defaultSeccomp(hostArch(), process.capabilities?.bounding ?? []);
}

async function compiled(seccomp: Seccomp): Promise<SeccompFilter> {
  const { compileSeccomp } = await import("./compile.ts");
  return {
    flags: flagsOf(seccomp),
    program: compileSeccomp(seccomp, hostArch()),
  };
}

/**
 * As bits. Without any list the kernel's slow protection against speculative
 * store bypass is left off, as runc has it: a filter is no sign of a program
 * that runs the code of others.
 */
function flagsOf({ flags }: Pick<Seccomp, "flags">): number {
  if (flags === undefined) return FILTER_FLAGS.SPEC_ALLOW;
  return flags.reduce((bits, name) => {
    const flag = name.slice("SECCOMP_FILTER_FLAG_".length);
    // WAIT_KILLABLE_RECV is about listeners, of which there are none.
    return bits | (FILTER_FLAGS[flag as keyof typeof FILTER_FLAGS] ?? 0);
  }, 0);
}

/** Whether the kernel runs filters. */
export function hasSeccomp(): boolean {
  return askAction(ACTIONS.SCMP_ACT_ERRNO) === 0;
}

/** 0 where the kernel knows an action of filters, else minus an errno. */
export function askAction(action: number): number {
  const SECCOMP_GET_ACTION_AVAIL = 2;
  const value = new Uint8Array(Uint32Array.of(action).buffer);
  return trySyscall("seccomp", SECCOMP_GET_ACTION_AVAIL, 0, value);
}

/** Keeps a filter in the directory of a container's state. */
export function writeFilter(
  directory: string,
  { flags, program }: SeccompFilter,
): void {
  const bytes = new Uint8Array(4 + program.length);
  new DataView(bytes.buffer).setUint32(0, flags, true);
  bytes.set(program, 4);
  Deno.writeFileSync(`${directory}/seccomp`, bytes, { mode: 0o600 });
}

/** The filter of a container; undefined where it has none. */
export function readFilter(directory: string): SeccompFilter | undefined {
  const path = `${directory}/seccomp`;
  const bytes = ifThere(path, () => Deno.readFileSync(path));
  if (bytes === undefined) return undefined;
  return {
    flags: new DataView(bytes.buffer).getUint32(0, true),
    program: bytes.slice(4),
  };
}
