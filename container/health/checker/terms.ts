/**
 * What a checker and the daemon agree on.
 *
 * @module
 */
import { O } from "../../../sys/fd.ts";
import type { FrozenMark } from "../../../runtime/cgroup/freezer.ts";
import { named } from "../../../runtime/init/program.ts";
import type { Healthcheck } from "../healthcheck.ts";
import type { ResultsState } from "../results.ts";

/** How `ps` tells it from others. */
export const CHECKER_NAME = "rkl-health";

/** What a checker is made for. */
export interface Checked {
  readonly check: Healthcheck;
  /** Whether the container has a pid namespace for checks to be born in. */
  readonly joinsPid: boolean;
  /** The v2 cgroup that a check is born in. */
  readonly cgroup: string | undefined;
  readonly frozen: FrozenMark | undefined;
  /** Whose checks are, on the host. */
  readonly owner: number;
  /** What earlier checks of this life have said. */
  readonly state: ResultsState;
  /** Milliseconds until the first check. */
  readonly first: number;
  /** When failures begin to count, in milliseconds since 1970. */
  readonly counting: number;
  /** Descriptors that it inherits. */
  readonly files: CheckerFiles;
  /** How it calls itself in what it tells. */
  readonly number: number;
}

/** Descriptors of a checker, by their numbers. */
export interface CheckerFiles {
  /** A pidfd of the container's init. */
  readonly init: number;
  /** As `results.ts` has it. */
  readonly results: number;
  /** A pipe that gets {@linkcode NEWS}; when nobody reads it, the checker ends. */
  readonly news: number;
  /** The program that enters the container and becomes the check. */
  readonly entry: number;
  /** What checks read from: /dev/null. */
  readonly nothing: number;
  /** An eventfd that gets row and errno, where that fails. */
  readonly report: number;
}

/** What a checker tells: `struct { u32 checker, kind, value, errno; }`. */
export const NEWS = {
  checker: 0,
  kind: 4,
  value: 8,
  errno: 12,
  size: 16,
} as const;

/** What it is about. */
export const NEWS_KIND = {
  /** The value is another status, as {@linkcode HEALTH_STATUSES} has them. */
  status: 1,
  /** The check with that pid takes too long, and is to be killed. */
  late: 2,
  /** The check in that slot could not be run, and is to be explained. */
  failed: 3,
  /** The checker itself has failed, in that row and for that reason. */
  broken: 4,
} as const;

/** Of clock_gettime(2). */
export const CLOCK_REALTIME = named(0, "CLOCK_REALTIME");

/** Flags of descriptors, under whichever names calls have them. */
export const CLOEXEC_NONBLOCK = named(
  O.CLOEXEC | O.NONBLOCK,
  "O_CLOEXEC|O_NONBLOCK",
);
