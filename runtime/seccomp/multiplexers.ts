/**
 * Calls of 32-bit x86 that are reached in two ways: by a number of their own,
 * and through socketcall(2) or ipc(2), whose first argument names them.
 *
 * @module
 */
import type { Rule } from "./rules.ts";

/** Numbers of SYS_… in linux/net.h, and of the calls in linux/ipc.h. */
const MULTIPLEXED: Readonly<Record<string, readonly [string, number][]>> = {
  socketcall: ("socket bind connect listen accept getsockname getpeername " +
    "socketpair send recv sendto recvfrom shutdown setsockopt getsockopt " +
    "sendmsg recvmsg accept4 recvmmsg sendmmsg").split(" ")
    .map((name, index) => [name, index + 1]),
  ipc: [
    ["semop", 1],
    ["semget", 2],
    ["semctl", 3],
    ["semtimedop", 4],
    ["msgsnd", 11],
    ["msgrcv", 12],
    ["msgget", 13],
    ["msgctl", 14],
    ["shmat", 21],
    ["shmdt", 22],
    ["shmget", 23],
    ["shmctl", 24],
  ],
};

/**
 * Rules by name, with those that hold for a call held for the other way to it
 * too. There its first argument cannot be looked at: it lies in memory.
 */
export function withMultiplexers(
  rules: ReadonlyMap<string, readonly Rule[]>,
): Map<string, readonly Rule[]> {
  const all = new Map(rules);
  for (const [multiplexer, calls] of Object.entries(MULTIPLEXED)) {
    const added = calls.flatMap(([name, number]) =>
      (rules.get(name) ?? []).map((rule) => through(rule, number))
    );
    if (added.length === 0) continue;
    all.set(multiplexer, [...rules.get(multiplexer) ?? [], ...added]);
  }
  return all;
}

function through({ action, comparisons }: Rule, number: number): Rule {
  const rest = comparisons.filter(({ index }) => index > 0);
  return {
    action,
    comparisons: [
      {
        index: 0,
        op: "SCMP_CMP_EQ",
        value: BigInt(number),
        mask: 0xffff_ffff_ffff_ffffn,
      },
      ...rest,
    ],
  };
}
