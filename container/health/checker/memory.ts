/**
 * What the rows of a checker share: its memory, and how it waits and tells.
 *
 * @module
 */
import { words } from "../../../sys/memory.ts";
import { POLLFD, SIGSET_SIZE } from "../../../runtime/emit/poll.ts";
import {
  type Addr,
  type Arg,
  type Label,
  NULL,
  type Program,
} from "../../../runtime/init/program.ts";
import { encodeState, outputAt, RESULT, resultAt, SLOTS } from "../results.ts";
import { type Checked, NEWS } from "./terms.ts";
import { emitAlign, emitTime } from "./time.ts";

/** What the rows share. */
export interface Memory {
  readonly program: Program;
  readonly checked: Checked;
  /** As in the file. */
  readonly state: Addr;
  readonly result: Addr;
  readonly news: Addr;
  /** u64 each: the slot that is next, and its places in the file. */
  readonly slot: Addr;
  readonly resultPlace: Addr;
  readonly outputPlace: Addr;
  /** What is waited for; the second is the container, or its check. */
  readonly reader: Addr;
  readonly subject: Addr;
  readonly output: Addr;
  /** It tells that a check takes too long. */
  readonly timer: Addr;
  /** How long is still waited. */
  readonly left: Addr;
  readonly end: Label;
}

/** The memory of a checker, as it begins. */
export function remember(program: Program, checked: Checked): Memory {
  const { state, number } = checked;
  const slot = state.count % SLOTS;
  const pollfds = program.bytes(new Uint8Array(4 * POLLFD.size));
  const source = (index: number) => pollfds.plus(index * POLLFD.size);
  return {
    program,
    checked,
    state: program.bytes(encodeState(state)),
    result: program.bytes(new Uint8Array(RESULT.size)),
    news: program.bytes(words(number, 0)),
    slot: program.bytes(words(slot)),
    resultPlace: program.bytes(words(resultAt(slot))),
    outputPlace: program.bytes(words(outputAt(slot))),
    reader: source(0),
    subject: source(1),
    output: source(2),
    timer: source(3),
    left: program.space(16),
    end: program.label(),
  };
}

/**
 * Waits until something is to be seen at the first sources, `ms` milliseconds at
 * most; ends when nobody is told of it any more. The result is 0 after that time,
 * and up to `slack` milliseconds later, when others wake too.
 */
export function emitWait(
  { program, reader, end, left }: Memory,
  count: Arg,
  ms: number | undefined,
  slack = 0,
): Arg {
  const again = program.label();
  if (ms !== undefined) emitTime(program, left, ms);
  if (slack) emitAlign(program, left, slack);
  program.place(again);
  const ready = program.sys("ppoll", [
    reader,
    count,
    ms === undefined ? NULL : left, // which the kernel counts down
    NULL,
    SIGSET_SIZE,
  ], { onError: again });
  const gone = program.load(2, reader.plus(POLLFD.revents));
  program.jumpIf(gone, "ne", 0, end);
  return ready;
}

/** Tells the daemon. */
export function emitTell(
  { program, checked, news }: Memory,
  kind: number,
  value: Arg,
): void {
  program.store(4, news.plus(NEWS.kind), kind);
  program.store(4, news.plus(NEWS.value), value);
  program.sys("write", [checked.files.news, news, NEWS.size], {
    onError: "ignore",
  });
}
