/**
 * Numbers under which every health check finds its descriptors, whichever they
 * are: so its program need not be made anew for them.
 *
 * @module
 */
import { type Fd, O, open } from "../../sys/fd.ts";
import { syscall } from "../../sys/syscall.ts";

/** The numbers, each taken by /dev/null while no check is being started. */
export class Slots implements Disposable {
  /** What a check reads. */
  readonly nothing: Fd = open("/dev/null", O.RDWR);
  readonly #held = [1, 2, 3].map(() => open("/dev/null", O.RDWR));
  /** Where it says what kept it from running. */
  readonly report: Fd = this.#held[0]!;
  /** Where it writes. */
  readonly output: Fd = this.#held[1]!;
  /** The pidfd of the container's init. */
  readonly init: Fd = this.#held[2]!;

  /** Has `action` find those descriptors there. */
  filled<T>(
    { report, output, init }: { report: Fd; output: Fd; init: Fd },
    action: () => T,
  ): T {
    const put = (...fds: Fd[]) =>
      fds.forEach(({ number }, at) =>
        syscall("dup3", number, this.#held[at]!.number, O.CLOEXEC)
      );
    put(report, output, init);
    try {
      return action();
    } finally {
      put(this.nothing, this.nothing, this.nothing);
    }
  }

  /** Closes them. */
  [Symbol.dispose](): void {
    for (const fd of [this.nothing, ...this.#held]) fd[Symbol.dispose]();
  }
}
