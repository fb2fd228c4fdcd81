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
  /** Where it writes. */
  readonly output: Fd = open("/dev/null", O.RDWR);

  /** Has `action` find that descriptor there, for a child to inherit. */
  filled<T>(output: Fd, action: () => T): T {
    const put = ({ number }: Fd, flags: number) =>
      syscall("dup3", number, this.output.number, flags);
    put(output, 0);
    try {
      return action();
    } finally {
      put(this.nothing, O.CLOEXEC);
    }
  }

  /** Closes them. */
  [Symbol.dispose](): void {
    for (const fd of [this.nothing, this.output]) fd[Symbol.dispose]();
  }
}
