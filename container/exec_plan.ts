/**
 * What one more process of a container is: the container's own, but for what
 * was asked for instead.
 *
 * @module
 */
import { PlanError } from "../runtime/plan_error.ts";
import type { Process } from "../runtime/spec.ts";
import { containerCapabilities } from "./capabilities.ts";
import type { Identity } from "./users.ts";

/** What is asked for. */
export interface ExecWishes {
  /** The program and its arguments. */
  args: readonly string[];
  /** `NAME=value`, over the container's. */
  env?: readonly string[];
  /** `USER[:GROUP]`, names or ids. */
  user?: string;
  /** An absolute path in the container. */
  workdir?: string;
  /** Give it a terminal. */
  tty?: boolean;
  /** All capabilities that rkl has. */
  privileged?: boolean;
}

/**
 * The process. HOME is that of its user, unless the container was given one of
 * its own; TERM is set where there is a terminal.
 *
 * @param lookUp Finds a user in the container.
 * @throws {PlanError | UnknownUserError}
 */
export function planExec(
  base: Process,
  wishes: ExecWishes,
  lookUp: (user: string) => Identity,
): Process {
  const { args, user, workdir, tty = false, privileged } = wishes;
  if (workdir !== undefined && !workdir.startsWith("/")) {
    throw new PlanError(`--workdir ${workdir}: must be an absolute path`);
  }
  // Its AppArmor profile is that of the running container: see security.ts.
  const { consoleSize: _, apparmorProfile: __, ...rest } = base;
  const identity = user === undefined ? undefined : lookUp(user);
  const env = new Map(base.env.map(splitAssignment));
  if (tty && !env.has("TERM")) env.set("TERM", "xterm");
  if (identity && isOwnHome(env.get("HOME"), base, lookUp)) {
    env.set("HOME", identity.home ?? "/");
  }
  for (const entry of wishes.env ?? []) env.set(...splitAssignment(entry));
  const uid = identity?.uid ?? base.user.uid;
  return {
    ...rest,
    args: [...args],
    env: [...env].map(([name, value]) => `${name}=${value}`),
    cwd: workdir ?? base.cwd,
    terminal: tty,
    user: {
      ...base.user,
      uid,
      ...(identity && { gid: identity.gid, additionalGids: identity.groups }),
    },
    ...(privileged && {
      capabilities: containerCapabilities(
        { privileged: true, capabilities: { add: [], drop: [] } },
        undefined,
        uid,
      ),
    }),
  };
}

function splitAssignment(entry: string): [name: string, value: string] {
  const equals = entry.indexOf("=");
  return [entry.slice(0, equals), entry.slice(equals + 1)];
}

/** Whether HOME is what the container's own user has, and not somebody's wish. */
function isOwnHome(
  home: string | undefined,
  { user: { uid } }: Process,
  lookUp: (user: string) => Identity,
): boolean {
  if (home === undefined) return true;
  return home === (lookUp(`${uid}`).home ?? "/") ||
    (uid === 0 && home === "/root");
}
