/**
 * The last steps before exec: terminal, limits, identity, and the program.
 *
 * @module
 */
import { OWN_PROFILE } from "./host/apparmor.ts";
import type { Facts } from "./plan.ts";
import { PlanError } from "./plan_error.ts";
import type { SeccompFilter } from "./seccomp/filter.ts";
import type { Process } from "./spec.ts";
import { capabilityMask, LAST_ID, uint64 } from "./spec/tables.ts";
import type { CapabilitySets, Step } from "./steps.ts";

/** Where execvp(3) looks when the environment does not say. */
export const DEFAULT_PATH =
  "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What the steps of a process depend on besides its config. */
export type ProcessFacts =
  & Pick<
    Facts,
    "capabilities" | "gate" | "keepFds" | "dieWithParent" | "reaper"
  >
  & {
    /** Whether it is init, and not one more process. */
    main: boolean;
    /** Whether its AppArmor profile is held, to be entered. */
    profileHeld: boolean;
    /** Of its system calls. */
    filter?: SeccompFilter | undefined;
  };

function checkIds({ uid, gid, additionalGids }: Process["user"]): void {
  for (const id of [uid, gid, ...additionalGids]) {
    if (Number.isInteger(id) && id >= 0 && id <= LAST_ID) continue;
    throw new PlanError(
      `process.user: ${id} is no id; the greatest is ${LAST_ID}`,
    );
  }
}

/** The steps of `process`, from the new session to exec. */
export function planProcess(
  process: Process,
  facts: ProcessFacts,
): { steps: Step[]; warnings: string[] } {
  const { user } = process;
  checkIds(user);
  const { sets, warnings } = planCapabilities(process, facts.capabilities);
  const steps: Step[] = [
    { op: "newSession" },
    ...(process.terminal
      ? [
        {
          op: "console",
          uid: user.uid,
          main: facts.main,
          ...(process.consoleSize ? { size: process.consoleSize } : {}),
        } as const,
      ]
      : []),
    { op: "workingDirectory", path: process.cwd },
    { op: "umask", mask: user.umask ?? 0o022 },
    ...process.rlimits.map(({ type, soft, hard }): Step => ({
      op: "rlimit",
      type,
      soft: uint64(soft),
      hard: uint64(hard),
    })),
    {
      op: "credentials",
      uid: user.uid,
      gid: user.gid,
      groups: user.additionalGids,
      capabilities: facts.filter && !process.noNewPrivileges
        ? withFilterRight(sets)
        : sets,
    },
    ...(facts.profileHeld ? [{ op: "enterProfile" } as const] : []),
    ...(process.noNewPrivileges ? [{ op: "noNewPrivileges" } as const] : []),
    // After the ids: the kernel forgets it when they change.
    ...(facts.dieWithParent ? [{ op: "dieWithParent" } as const] : []),
    { op: "workingDirectoryAsUser", path: process.cwd },
    {
      op: "find",
      name: process.args[0]!,
      candidates: candidates(process.args[0]!, process.env),
    },
    ...(facts.gate ? [{ op: "gate" } as const] : []),
    ...(facts.reaper
      ? [
        {
          op: "reaper",
          capabilities: sets,
          ...(facts.filter && { filter: facts.filter }),
        } as const,
      ]
      : []),
    {
      op: "exec",
      args: process.args,
      env: process.env,
      keepFds: facts.keepFds,
      ...(facts.filter && { filter: facts.filter }),
    },
  ];
  return { steps, warnings };
}

/**
 * Sets with which a filter may be installed by who may still gain privileges.
 * The program does not get to see the difference: what execve(2) permits
 * follows from the other sets, for root from the bounding one.
 */
function withFilterRight(sets: CapabilitySets): CapabilitySets {
  const right = capabilityMask(["CAP_SYS_ADMIN"]);
  return {
    ...sets,
    permitted: sets.permitted | right,
    effective: sets.effective | right,
  };
}

/** What the out-of-memory killer is told, while the host's /proc is in sight. */
export function oomScore(
  { oomScoreAdj }: Pick<Process, "oomScoreAdj">,
): Step[] {
  if (oomScoreAdj === undefined) return [];
  return [{
    op: "write",
    file: "/proc/self/oom_score_adj",
    value: String(oomScoreAdj),
    what: `set process.oomScoreAdj to ${oomScoreAdj}`,
  }];
}

/** The steps that put a process under an AppArmor profile. */
export interface Confinement {
  /** To be taken while the host's /proc is in sight. */
  steps: Step[];
  /** Whether a profile was held, for the process to enter before exec. */
  held: boolean;
}

/**
 * How a process gets under its AppArmor profile, told to the host's /proc: what
 * an image has there would be believed.
 *
 * A profile that comes with exec has the kernel forget the signal at the death
 * of the parent. So rkl's own is entered before; another one need not allow the
 * program itself to be executed.
 *
 * @throws {PlanError} where the kernel has no AppArmor
 */
export function appArmor(
  { apparmorProfile }: Pick<Process, "apparmorProfile">,
  available: boolean,
): Confinement {
  if (!apparmorProfile) return { steps: [], held: false };
  if (!available) {
    if (apparmorProfile === "unconfined") return { steps: [], held: false };
    throw new PlanError(
      `process.apparmorProfile: the kernel does not apply "${apparmorProfile}"` +
        ", as it has no AppArmor, or has it turned off; leave it out",
    );
  }
  const what = `set process.apparmorProfile to ${apparmorProfile}`;
  const attributes = "/proc/self/attr/apparmor";
  if (apparmorProfile === OWN_PROFILE) {
    const [file, value] = [
      `${attributes}/current`,
      `changeprofile ${OWN_PROFILE}`,
    ];
    return { steps: [{ op: "holdProfile", file, value, what }], held: true };
  }
  const [file, value] = [`${attributes}/exec`, `exec ${apparmorProfile}`];
  return { steps: [{ op: "write", file, value, what }], held: false };
}

/** The files that a command may be, in the order of $PATH, as execvp(3). */
export function candidates(name: string, env: readonly string[]): string[] {
  if (name === "") return [];
  if (name.includes("/")) return [name];
  const path = env.findLast((entry) => entry.startsWith("PATH="))?.slice(5) ??
    DEFAULT_PATH;
  const files = path.split(":").map((directory) =>
    `${directory === "" ? "." : directory.replace(/\/+$/, "")}/${name}`
  );
  return [...new Set(files)];
}

/**
 * The five sets, less what rkl itself does not have: the kernel refuses to
 * give more. By the specification that is a warning. Ambient capabilities
 * must be permitted and inheritable.
 */
function planCapabilities(
  process: Process,
  available: bigint,
): { sets: CapabilitySets; warnings: string[] } {
  const asked = process.capabilities;
  const set = (names: readonly string[] | undefined) =>
    capabilityMask(names ?? []) & available;
  const permitted = set(asked?.permitted);
  const inheritable = set(asked?.inheritable);
  const sets = {
    bounding: set(asked?.bounding),
    permitted,
    inheritable,
    effective: set(asked?.effective) & permitted,
    ambient: set(asked?.ambient) & permitted & inheritable,
  };
  const missing = new Set(
    [
      ...asked?.bounding ?? [],
      ...asked?.permitted ?? [],
      ...asked?.effective ?? [],
    ].filter((name) => (capabilityMask([name]) & ~available) !== 0n),
  );
  const warnings = [...missing].map((name) =>
    `process.capabilities: ${name} is not given: rkl itself does not have it`
  );
  return { sets, warnings };
}
