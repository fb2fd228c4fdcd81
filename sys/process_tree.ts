/**
 * A process and all that have come of it.
 *
 * @module
 */
import {
  type ProcessStat,
  readStat,
  SIGKILL,
  signalProcess,
} from "./process.ts";

/**
 * Kills a process, what descends from it, and all in sessions of theirs, who
 * may have lost their parents. `candidates` tells who may be among them.
 */
export function killTree(root: number, candidates: () => readonly number[]) {
  const sessions = new Set([root]);
  const killed = new Set<string>();
  // Who is born meanwhile is found the next time, by its parent or session.
  for (let more = true; more;) {
    more = false;
    const stats = new Map(
      candidates().flatMap((pid) => {
        const stat = readStat(pid);
        return stat ? [[pid, stat] as const] : [];
      }),
    );
    for (const pid of membersOf(root, sessions, stats)) {
      const { session, startTime } = stats.get(pid)!;
      sessions.add(session);
      const key = `${pid} ${startTime}`;
      if (killed.has(key)) continue;
      killed.add(key);
      more = signalProcess({ pid, startTime }, SIGKILL) || more;
    }
  }
}

/** The pids of those that descend from `root`, or are in one of `sessions`. */
export function membersOf(
  root: number,
  sessions: ReadonlySet<number>,
  stats: ReadonlyMap<number, Pick<ProcessStat, "parent" | "session">>,
): number[] {
  const members = new Set<number>();
  const joins = (pid: number): boolean => {
    const stat = stats.get(pid);
    if (!stat) return false;
    return pid === root || sessions.has(stat.session) ||
      members.has(stat.parent) || joins(stat.parent);
  };
  for (const pid of stats.keys()) if (joins(pid)) members.add(pid);
  return [...members];
}
