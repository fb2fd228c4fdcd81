/**
 * Restart policies: whether a container that has ended runs once more, and
 * when. All of it is decided by pure functions from what is on disk.
 *
 * @module
 */
import { complain, refuse } from "../../sys/problem.ts";
import type { Schema } from "../../sys/schema.ts";

/** When a container that has ended is to run once more. */
export interface RestartPolicy {
  /** Docker's word for it. */
  readonly name: "no" | "always" | "on-failure" | "unless-stopped";
  /** With `on-failure`: how many times at most; no limit when absent. */
  readonly maximumRetryCount?: number;
}

const NAMES: readonly RestartPolicy["name"][] = [
  "no",
  "always",
  "on-failure",
  "unless-stopped",
];

/** What may be said; completes "expected …". */
export const RESTART_POLICIES =
  "no, always, on-failure, on-failure:N or unless-stopped";

/**
 * Reads a policy as docker and compose write it: `always`, `on-failure:3`.
 *
 * @throws {Error} in docker's words
 */
export function parseRestartPolicy(text: string): RestartPolicy {
  const [word = "", count, ...more] = text.split(":");
  const name = NAMES.find((name) => name === word);
  if (name === undefined) {
    throw new Error(
      `unknown restart policy "${word}"; use one of 'no', 'always', ` +
        "'on-failure', or 'unless-stopped'",
    );
  }
  if (count === undefined) return { name };
  if (!/^\d{1,9}$/.test(count) || more.length > 0) {
    throw new Error("maximum retry count must be a number, 0 or more");
  }
  if (name !== "on-failure") {
    throw new Error(
      `maximum retry count cannot be used with restart policy '${name}'`,
    );
  }
  const most = Number(count);
  return most === 0 ? { name } : { name, maximumRetryCount: most };
}

/** The policy as {@linkcode parseRestartPolicy} reads it. */
export function formatRestartPolicy(policy: RestartPolicy): string {
  const { name, maximumRetryCount: most } = policy;
  return most === undefined ? name : `${name}:${most}`;
}

/** The policy as a field of a specification. */
export const restartPolicy: Schema<RestartPolicy, string> = {
  expected: RESTART_POLICIES,
  json: () => ({
    anyOf: [
      {
        type: "string",
        pattern: "^(no|always|unless-stopped|on-failure(:\\d{1,9})?)$",
      },
      { const: false },
    ],
  }),
  read(value, at, problems) {
    // YAML 1.1 has "no" for false, and files are written for it.
    const text = value === false ? "no" : value;
    if (typeof text !== "string") {
      return refuse(RESTART_POLICIES, value, at, problems);
    }
    try {
      return parseRestartPolicy(text);
    } catch (error) {
      return complain((error as Error).message, at, problems) as never;
    }
  },
};

/** How it is with a container's restarts: what `restart.json` holds. */
export interface RestartState {
  /** How many times it was started again since somebody started it. */
  readonly count: number;
  /** Milliseconds it waited, or waits, before the last restart. */
  readonly delay: number;
  /** The life after which was last decided; see `lifeOf`. */
  readonly after?: string;
  /** When it is to run again, in milliseconds since 1970, if it is. */
  readonly next?: number;
  /** Somebody has stopped it. */
  readonly stopped?: true;
  /** Why it could not be started the last time. */
  readonly error?: string;
}

/** A life of a container that is over. */
export interface EndedLife {
  /** What tells it from others. */
  readonly life: string;
  /** As a shell has it. */
  readonly code: number;
  /** Milliseconds since 1970. */
  readonly ended: number;
  /** Milliseconds for which it ran. */
  readonly lasted: number;
}

/** Milliseconds before the first restart; each further one waits twice as long. */
const SHORTEST = 100;
/** The most it waits. */
const LONGEST = 60_000;
/** Milliseconds after which a life counts as good, and waiting begins anew. */
const GOOD = 10_000;

/** How it is with a container that somebody has just started. */
export const FRESH: RestartState = { count: 0, delay: 0 };

/** What follows from the end of a life. */
export function afterLife(
  policy: RestartPolicy,
  state: RestartState,
  { life, code, ended, lasted }: EndedLife,
): RestartState {
  const { next: _next, error: _error, ...kept } = state;
  const settled = { ...kept, after: life };
  if (state.stopped || !isWanted(policy, state, code)) return settled;
  const delay = lasted >= GOOD ? SHORTEST : longer(state.delay);
  return { ...settled, count: state.count + 1, delay, next: ended + delay };
}

/** What follows from a restart that failed. */
export function afterFailure(
  policy: RestartPolicy,
  state: RestartState,
  failure: { readonly life: string | undefined; readonly error: string },
  now: number,
): RestartState {
  const { next: _, after, ...kept } = state;
  const life = failure.life ?? after;
  const settled = {
    ...kept,
    ...(life !== undefined && { after: life }),
    error: failure.error,
  };
  const FAILED = 125; // what a `run` that fails so exits with
  if (state.stopped || !isWanted(policy, state, FAILED)) return settled;
  const delay = longer(state.delay);
  return { ...settled, count: state.count + 1, delay, next: now + delay };
}

/** What follows from a restart that was done. */
export function afterRestart(state: RestartState): RestartState {
  const { next: _next, error: _error, ...kept } = state;
  return kept;
}

/**
 * What follows for a container that does not run from the start of the host:
 * docker starts all but those of `on-failure`, and those of `unless-stopped`
 * that somebody has stopped.
 */
export function afterBoot(
  policy: RestartPolicy,
  state: RestartState,
  life: string | undefined,
  now: number,
): RestartState {
  const { next: _, stopped, ...kept } = state;
  const settled = { ...kept, ...(life !== undefined && { after: life }) };
  const wanted = policy.name === "always" ||
    (policy.name === "unless-stopped" && !stopped);
  if (wanted) return { ...settled, count: 0, delay: 0, next: now };
  return { ...settled, ...(stopped && { stopped }) };
}

/**
 * What follows for a container that runs and is to end, and to run again at
 * once, whatever its policy.
 */
export function afterOrder(
  state: RestartState,
  life: string,
  now: number,
): RestartState {
  return { ...state, count: state.count + 1, after: life, next: now };
}

/** What follows from somebody's stop: nothing, until somebody starts it. */
export function afterStop(state: RestartState): RestartState {
  const { next: _, ...kept } = state;
  return { ...kept, stopped: true };
}

/** Whether the policy has a container run again that ended with that code. */
function isWanted(
  { name, maximumRetryCount: most = Infinity }: RestartPolicy,
  { count }: RestartState,
  code: number,
): boolean {
  switch (name) {
    case "no":
      return false;
    case "always":
    case "unless-stopped":
      return true;
    case "on-failure":
      return code !== 0 && count < most;
  }
}

function longer(delay: number): number {
  return delay === 0 ? SHORTEST : Math.min(2 * delay, LONGEST);
}
