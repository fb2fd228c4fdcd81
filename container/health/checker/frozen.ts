/**
 * Paused containers, which are not checked: a process that is born frozen would
 * seem to take too long.
 *
 * @module
 */
import { O } from "../../../sys/fd.ts";
import type { FrozenMark } from "../../../runtime/cgroup/freezer.ts";
import { openRow } from "../../../runtime/emit/rows.ts";
import type { Label, Program } from "../../../runtime/init/program.ts";

/** Places rows that go on elsewhere when the container is paused. */
export type FrozenJump = (to: Label) => void;

/** Has the checker keep open what tells it. */
export function frozenJump(
  program: Program,
  frozen: FrozenMark | undefined,
): FrozenJump {
  if (!frozen) return () => {};
  const what = `open ${frozen.file}`;
  const file = openRow({ program }, frozen.file, O.RDONLY, what);
  const byte = program.space(8);
  return (to) => {
    program.sys("pread64", [file, byte, 1, 0], { onError: "ignore" });
    program.jumpIf(program.load(1, byte), "eq", frozen.mark.charCodeAt(0), to);
  };
}
