/**
 * Stops and continues all processes of a cgroup, by v2's cgroup.freeze where
 * there is v2, else by v1's freezer.
 *
 * @module
 */
import { CgroupError } from "./errors.ts";
import { failure, readValue, writeValue } from "./files.ts";

/** How long processes may take to stop, in milliseconds. */
const PATIENCE = 2000;

/** One version's way of freezing. */
interface Freezer extends FrozenMark {
  freeze: string;
  thaw: string;
  /** Whether every process has stopped. */
  isDone(): boolean;
}

/**
 * Stops every process, and returns when all have.
 *
 * @throws {CgroupError} when some do not stop within two seconds, with all of
 * them running again
 */
export function freeze(paths: Record<string, string>): void {
  const freezer = find(paths);
  const deadline = Date.now() + PATIENCE;
  for (;;) {
    // v1 may get stuck half way when processes fork meanwhile; asking again
    // makes it look again.
    write(freezer, freezer.freeze, "freeze");
    if (freezer.isDone()) return;
    if (Date.now() > deadline) break;
    sleep(1);
  }
  write(freezer, freezer.thaw, "thaw");
  throw new CgroupError(
    `cannot freeze ${freezer.file}: a process has not stopped within ` +
      `${PATIENCE / 1000} s, probably one that waits for a device`,
    { file: freezer.file, value: freezer.freeze },
  );
}

/** Lets every process continue. */
export function thaw(paths: Record<string, string>): void {
  const freezer = find(paths);
  write(freezer, freezer.thaw, "thaw");
}

/** Whether the cgroup was asked to freeze. */
export function isFrozen(paths: Record<string, string>): boolean {
  const { file, mark } = find(paths);
  return readValue(file)?.startsWith(mark) ?? false;
}

/** How it is told, by one character, whether a cgroup was asked to freeze. */
export interface FrozenMark {
  /** What tells it. */
  readonly file: string;
  /** How that begins when it was. */
  readonly mark: string;
}

/** Where to look for that; undefined of a cgroup that cannot freeze. */
export function frozenMark(
  paths: Record<string, string>,
): FrozenMark | undefined {
  return canFreeze(paths) ? find(paths) : undefined;
}

/** Whether there is anything to freeze with. */
export function canFreeze(paths: Record<string, string>): boolean {
  return paths[""] !== undefined || paths["freezer"] !== undefined;
}

function find(paths: Record<string, string>): Freezer {
  const unified = paths[""];
  if (unified !== undefined) {
    return {
      file: `${unified}/cgroup.freeze`,
      freeze: "1",
      thaw: "0",
      mark: "1",
      isDone: () =>
        /^frozen 1$/m.test(readValue(`${unified}/cgroup.events`) ?? ""),
    };
  }
  const dir = paths["freezer"];
  if (dir === undefined) {
    throw new CgroupError(
      "cannot freeze the cgroup: it needs cgroup v2 or v1's freezer, and this " +
        "cgroup is in neither",
      { controller: "freezer" },
    );
  }
  const file = `${dir}/freezer.state`;
  return {
    file,
    freeze: "FROZEN",
    thaw: "THAWED",
    mark: "F", // FREEZING, FROZEN
    isDone: () => readValue(file) === "FROZEN",
  };
}

function write({ file }: Freezer, value: string, verb: string): void {
  const code = writeValue(file, value);
  if (code) throw failure(`${verb} ${file}`, code, { file, value });
}

/** Waits without letting other JavaScript run. */
function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
