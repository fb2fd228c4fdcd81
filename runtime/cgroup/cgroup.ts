/**
 * The control group of a container, in as many hierarchies as it is in.
 *
 * @module
 */
import { ERRNO } from "../../sys/errno.ts";
import { SyscallError } from "../../sys/errors.ts";
import { trySyscall } from "../../sys/syscall.ts";
import { sleep } from "../../sys/timer.ts";
import { SIGKILL } from "../../sys/process.ts";
import { CgroupError } from "./errors.ts";
import { exists, failure, PARENT, writeValue } from "./files.ts";
import { canFreeze, freeze, isFrozen, thaw } from "./freezer.ts";
import { processesIn } from "./processes.ts";
import { removeEmpty, removeTree } from "./removal.ts";

/** How long `remove` waits for processes to be gone, in milliseconds. */
const PATIENCE = 10_000;

/** The control group whose directories are known, from a plan or from state. */
export function openCgroup(paths: Record<string, string>): Cgroup {
  return new Cgroup(paths);
}

/** An existing control group, or one that was there once. */
export class Cgroup {
  #paths: Record<string, string>;

  /** Opens the cgroup in these directories; nothing is touched. */
  constructor(paths: Record<string, string>) {
    this.#paths = { ...paths };
  }

  /** Controller, or "" for v2, → directory. */
  get paths(): Readonly<Record<string, string>> {
    return this.#paths;
  }

  /** It is in these directories too from now on. */
  add(paths: Readonly<Record<string, string>>): void {
    Object.assign(this.#paths, paths);
  }

  /** Whether any of its directories is there. */
  exists(): boolean {
    return this.#dirs().some(exists);
  }

  /** The processes in it and in the cgroups below it. */
  processes(): number[] {
    const home = this.#home();
    return home === undefined ? [] : processesIn(home);
  }

  /**
   * Stops every process, and returns when all have.
   *
   * @throws {CgroupError} when some do not stop within two seconds
   */
  freeze(): void {
    freeze(this.#paths);
  }

  /** Lets every process continue. */
  thaw(): void {
    thaw(this.#paths);
  }

  /** Whether it was frozen and not thawed since. */
  isFrozen(): boolean {
    return isFrozen(this.#paths);
  }

  /**
   * Sends SIGKILL to every process, those that are being born included. They
   * are gone a moment later; `remove` waits for that.
   *
   * @throws {CgroupError} when the kernel refuses
   */
  kill(): void {
    const unified = this.#paths[""];
    if (unified !== undefined) {
      const file = `${unified}/cgroup.kill`; // since Linux 5.14
      const code = writeValue(file, "1");
      if (code === "" || !exists(unified)) return;
      if (code !== "ENOENT") {
        throw failure(`kill by ${file}`, code, { file, value: "1" });
      }
    }
    this.#killOneByOne();
  }

  /**
   * Waits until no process is left, then removes the cgroup and those below it.
   *
   * Asking rmdir again costs no more than asking cgroup.events, works on both
   * versions and leaves no moment between the question and the deed.
   *
   * @throws {CgroupError} naming the processes that are still there after
   * `patience` milliseconds
   */
  async remove(patience: number = PATIENCE): Promise<void> {
    let dirs = this.#dirs();
    const deadline = Date.now() + patience;
    for (let pause = 1;; pause = Math.min(2 * pause, 50)) {
      dirs = dirs.filter((dir) => !removeTree(dir));
      if (dirs.length === 0) return;
      if (Date.now() >= deadline) break;
      await sleep(pause);
    }
    const pids = [...new Set(dirs.flatMap(processesIn))];
    const who = pids.length > 0
      ? `${pids.length > 1 ? "processes" : "process"} ${pids.join(", ")}`
      : "a process that is exiting";
    throw new CgroupError(
      `cannot remove the cgroup ${dirs[0]}: ${who} still in it after ` +
        `${patience / 1000} s; kill it first`,
      { file: dirs[0]!, code: "EBUSY", pids },
    );
  }

  /** Removes those of its directories that have no process. */
  removeUnused(): void {
    this.#dirs().forEach(removeTree);
  }

  /**
   * Removes rkl's own directory above removed cgroups, in every hierarchy where
   * nothing is in it. It is kept otherwise because making it again for the next
   * container would cost 50 µs for each hierarchy.
   */
  removeParents(): void {
    const parents = this.#dirs().map((dir) =>
      dir.slice(0, dir.lastIndexOf("/"))
    );
    removeEmpty(parents.filter((dir) => dir.endsWith(PARENT)));
  }

  /** Its directories, each once although controllers may share them. */
  #dirs(): string[] {
    return [...new Set(Object.values(this.#paths))];
  }

  /** The directory that tells which processes are in it. */
  #home(): string | undefined {
    return this.#paths[""] ?? this.#paths["freezer"] ?? this.#dirs()[0];
  }

  /** Calls `action` once for every process, until no new one appears. */
  eachProcess(action: (pid: number) => void): void {
    const met = new Set<number>();
    for (;;) {
      const born = this.processes().filter((pid) => !met.has(pid));
      if (born.length === 0) return;
      for (const pid of born) {
        met.add(pid);
        action(pid);
      }
    }
  }

  /**
   * Freezes first, so that processes do not fork and one round reaches all of
   * them; without a freezer, or with a process that does not stop, rounds go on
   * until no new one appears.
   */
  #killOneByOne(): void {
    const freezable = canFreeze(this.#paths) && this.exists();
    try {
      if (freezable) freeze(this.#paths);
    } catch (error) {
      if (!(error instanceof CgroupError)) throw error;
    }
    this.eachProcess(sendKill);
    if (freezable) thaw(this.#paths);
  }
}

function sendKill(pid: number): void {
  const result = trySyscall("kill", pid, SIGKILL);
  if (result < 0 && result !== -ERRNO.ESRCH!) {
    throw new SyscallError("kill", `process ${pid}`, -result);
  }
}
