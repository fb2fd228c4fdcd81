/**
 * Small files of the kernel that are read again and again: kept open, and read
 * from the beginning each time, which costs a third of opening them anew.
 *
 * @module
 */
import { ERRNO } from "./errno.ts";
import { SyscallError } from "./errors.ts";
import { AT_FDCWD, Fd, O } from "./fd.ts";
import { addressOf } from "./memory.ts";
import { trySyscall } from "./syscall.ts";

/** More than any file that is read so. */
const SIZE = 64 * 1024;
/** Every read goes here; its address is taken once. */
const buffer = new Uint8Array(SIZE);
const address = addressOf(buffer);
const decoder = new TextDecoder();

/** What of the kernel says that there is nothing to be read any more. */
const GONE = ["ENOENT", "ENODEV", "ESRCH", "ENOTDIR", "EOPNOTSUPP"]
  .map((name) => ERRNO[name]);

/** A file that is kept open, once it has been read. */
export class KeptFile implements Disposable {
  #file: Fd | undefined;

  /** Opens nothing yet. */
  constructor(
    /** Where it is. */
    readonly path: string,
  ) {}

  /**
   * What it says now; undefined where there is no such file, or no longer.
   *
   * @throws {SyscallError}
   */
  read(): string | undefined {
    if (this.#file) return this.#readFrom(this.#file.number);
    const flags = O.RDONLY | O.CLOEXEC;
    const number = trySyscall("openat", AT_FDCWD, this.path, flags);
    if (GONE.includes(-number)) return undefined;
    if (number < 0) throw new SyscallError("open", this.path, -number);
    this.#file = new Fd(number, this.path);
    return this.#readFrom(number);
  }

  #readFrom(number: number): string | undefined {
    const length = trySyscall("pread64", number, address, SIZE, 0);
    if (length >= 0) return decoder.decode(buffer.subarray(0, length));
    if (GONE.includes(-length)) return undefined;
    throw new SyscallError("read", this.path, -length);
  }

  /** Closes the file; the next read opens it again. */
  [Symbol.dispose](): void {
    this.#file?.[Symbol.dispose]();
    this.#file = undefined;
  }
}
