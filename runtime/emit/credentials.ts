/**
 * Rows that turn root into the process's user, with exactly the capabilities
 * it was given.
 *
 * @module
 */
import { deref, named } from "../init/program.ts";
import type { CapabilitySets, Step } from "../steps.ts";
import type { Emitter } from "./steps.ts";
import { failUnless } from "./target.ts";

const PR = {
  CAPBSET_DROP: named(24, "PR_CAPBSET_DROP"),
  SET_KEEPCAPS: named(8, "PR_SET_KEEPCAPS"),
  CAP_AMBIENT: named(47, "PR_CAP_AMBIENT"),
} as const;
const AMBIENT_RAISE = named(2, "PR_CAP_AMBIENT_RAISE");
const AMBIENT_CLEAR_ALL = named(4, "PR_CAP_AMBIENT_CLEAR_ALL");

const MOST_CAPS = 64;

/**
 * The order is the kernel's: the bounding set shrinks while CAP_SETPCAP is
 * held; the ids change with the permitted set kept (PR_SET_KEEPCAPS); ambient
 * capabilities come last, since they must be permitted and inheritable.
 */
export function emitCredentials(
  { program }: Emitter,
  { uid, gid, groups, capabilities }: Step & { op: "credentials" },
): void {
  const what = "set process.capabilities";
  const { bounding, ambient } = capabilities;
  emitBoundingSet({ program }, bounding, what);
  program.sys("prctl", [PR.SET_KEEPCAPS, 1, 0, 0, 0], { what });
  const user = `become user ${uid}:${gid}`;
  emitGroups({ program }, groups ?? [], user);
  program.sys("setresgid", [gid, gid, gid], { what: user });
  program.sys("setresuid", [uid, uid, uid], { what: user });
  program.sys("prctl", [PR.SET_KEEPCAPS, 0, 0, 0, 0], { what });
  emitCapset({ program }, capabilities, what);
  program.sys("prctl", [PR.CAP_AMBIENT, AMBIENT_CLEAR_ALL, 0, 0, 0], { what });
  for (let cap = 0; cap < MOST_CAPS; cap++) {
    if (!(ambient & (1n << BigInt(cap)))) continue;
    program.sys("prctl", [PR.CAP_AMBIENT, AMBIENT_RAISE, cap, 0, 0], { what });
  }
}

/** Makes the three sets of the process what they are to be, as capset(2). */
export function emitCapset(
  { program }: Pick<Emitter, "program">,
  { effective, permitted, inheritable }: CapabilitySets,
  what: string,
): void {
  // struct __user_cap_header { u32 version; int pid; }: version 3, itself
  const header = new Uint8Array(new Uint32Array([0x20080522, 0]).buffer);
  // struct __user_cap_data { u32 effective, permitted, inheritable; } [2]
  const half = (shift: bigint) =>
    [effective, permitted, inheritable].map((set) =>
      Number((set >> shift) & 0xffff_ffffn)
    );
  const data = new Uint32Array([...half(0n), ...half(32n)]);
  program.sys("capset", [header, new Uint8Array(data.buffer)], { what });
}

/**
 * Drops every capability that is not in the set, until the kernel says by
 * EINVAL that there are no more.
 */
function emitBoundingSet(
  { program }: Pick<Emitter, "program">,
  bounding: bigint,
  what: string,
): void {
  const cap = program.space(8);
  const next = program.label();
  const kept = program.label();
  const end = program.label();
  program.place(next);
  const shifted = program.shr(BigInt.asIntN(64, bounding), deref(cap));
  program.jumpIf(program.and(shifted, 1), "ne", 0, kept);
  const dropped = program.sys(
    "prctl",
    [PR.CAPBSET_DROP, deref(cap), 0, 0, 0],
    { what, onError: end },
  );
  program.place(kept);
  program.store(8, cap, program.add(deref(cap), 1));
  program.jumpIf(deref(cap), "lt", MOST_CAPS, next);
  const done = program.label();
  program.jump(done);
  program.place(end);
  failUnless(program, dropped, "EINVAL");
  program.place(done);
}

/**
 * A user namespace without a mapping for groups forbids setgroups(2); leaving
 * the groups alone is right then, as long as none were asked for.
 */
function emitGroups(
  { program }: Pick<Emitter, "program">,
  groups: readonly number[],
  what: string,
): void {
  const list = new Uint8Array(Uint32Array.from(groups).buffer);
  const denied = program.label();
  const done = program.label();
  const set = program.sys(
    "setgroups",
    [groups.length, groups.length ? list : 0],
    groups.length ? { what } : { what, onError: denied },
  );
  program.jump(done);
  program.place(denied);
  failUnless(program, set, "EPERM");
  program.place(done);
}
