/**
 * Unpacking a tar archive below a directory of a root: links on the way are
 * followed as that root has them, and lead nowhere else.
 *
 * @module
 */
import { ERRNO } from "../sys/errno.ts";
import { SyscallError } from "../sys/errors.ts";
import { Fd, O, read, RESOLVE, writeAll } from "../sys/fd.ts";
import { words } from "../sys/memory.ts";
import { trySyscall } from "../sys/syscall.ts";
import {
  createDirectory,
  createFile,
  createLink,
  createName,
  createSpecial,
  dress,
  dressAt,
  type Place,
  type Wanted,
} from "./make.ts";
import { makeDirectory, nameOf } from "./directory.ts";
import { joinNames, type Name, SELF, textOfPath } from "./node.ts";
import { readEntry, type Source } from "./tar_decode.ts";
import { type Entry, padded, TarError } from "./tar_header.ts";

/** Where an archive is unpacked. */
export interface Target {
  readonly root: Fd;
  /** In the root, absolute; it is there. */
  readonly directory: string;
}

/**
 * Unpacks what is read from a descriptor. What is in the way of an entry is
 * replaced; directories stay and are added to.
 *
 * @throws {TarError | SyscallError}
 */
export function unpackTar(input: Fd, target: Target): void {
  const source = new FdSource(input);
  const globals = new Map<string, Uint8Array>();
  const directories: { path: readonly Name[]; wanted: Wanted }[] = [];
  using ways = new Ways(target);
  for (;;) {
    const entry = readEntry(source, globals);
    if (!entry) break;
    const path = pathOf(entry.path);
    const wanted = { ...entry, atime: entry.mtime };
    if (path.length === 0) continue; // the directory itself stays as it is
    unpackEntry(source, ways, entry, path, wanted);
    // Until all is unpacked its time would change.
    if (entry.kind === "directory") directories.push({ path, wanted });
  }
  for (const { path, wanted } of directories.reverse()) {
    const { at, name } = ways.placeOf(path);
    const { directory } = createDirectory({ at, name });
    using made = directory;
    dress(made, wanted);
  }
  source.drain();
}

function unpackEntry(
  source: FdSource,
  ways: Ways,
  entry: Entry,
  path: readonly Name[],
  wanted: Wanted,
): void {
  const place = ways.placeOf(path);
  switch (entry.kind) {
    case "directory": {
      const { directory } = createDirectory(place);
      using made = directory;
      return dress(made, wanted);
    }
    case "file": {
      using file = createFile(place);
      source.copy(entry.size, file);
      return dress(file, wanted);
    }
    case "link":
      createLink(place, entry.target);
      return dressAt(place, "link", wanted);
    case "name": {
      using first = ways.open(pathOf(entry.target));
      return createName(place, first);
    }
    default:
      createSpecial(place, {
        kind: entry.kind as "block",
        device: entry.device,
      });
      return dressAt(place, entry.kind as "block", wanted);
  }
}

/** The parts of a path in an archive; dots lead nowhere else. */
function pathOf(bytes: Uint8Array): readonly Name[] {
  const SLASH = 0x2f;
  const parts: Name[] = [];
  for (let at = 0; at < bytes.length;) {
    const slash = bytes.indexOf(SLASH, at);
    const end = slash < 0 ? bytes.length : slash;
    const text = new TextDecoder().decode(bytes.subarray(at, end));
    if (text === "..") {
      const path = new TextDecoder().decode(bytes);
      throw new TarError(`"${path}" leads out of where it is unpacked`);
    }
    if (text !== "" && text !== ".") {
      parts.push(new Uint8Array([...bytes.subarray(at, end), 0]));
    }
    at = end + 1;
  }
  return parts;
}

/** The directories that entries go into; the last stays open. */
class Ways implements Disposable {
  #path = "";
  #directory: Fd | undefined;
  readonly #prefix: readonly Name[];

  constructor(readonly target: Target) {
    this.#prefix = [nameOf(target.directory)];
  }

  /** Where an entry goes; directories on the way are made. */
  placeOf(path: readonly Name[]): Place {
    const parent = path.slice(0, -1);
    const text = textOfPath(parent);
    if (!this.#directory || text !== this.#path) {
      const next = this.#enter(parent);
      this.#directory?.[Symbol.dispose]();
      this.#directory = next;
      this.#path = text;
    }
    return { at: this.#directory.number, name: path.at(-1) ?? SELF };
  }

  /** What an entry before has made; a link at its end is not followed. */
  open(path: readonly Name[]): Fd {
    return this.#open(path, O.PATH | O.NOFOLLOW);
  }

  #enter(path: readonly Name[]): Fd {
    const flags = O.PATH | O.DIRECTORY;
    try {
      return this.#open(path, flags);
    } catch (error) {
      const isMissing = error instanceof SyscallError &&
        error.errno === ERRNO.ENOENT;
      if (!isMissing || path.length === 0) throw error;
    }
    using above = this.#enter(path.slice(0, -1));
    makeDirectory(above.number, path.at(-1)!, 0o755);
    return this.#open(path, flags);
  }

  #open(path: readonly Name[], flags: number): Fd {
    const how = words(
      ...[flags | O.CLOEXEC, 0, RESOLVE.IN_ROOT | RESOLVE.NO_MAGICLINKS],
    );
    const whole = joinNames([...this.#prefix, ...path]);
    const result = trySyscall(
      "openat2",
      ...[this.target.root.number, whole, how, how.length],
    );
    if (result >= 0) return new Fd(result, textOfPath(path));
    throw new SyscallError("open", textOfPath(path), -result);
  }

  [Symbol.dispose](): void {
    this.#directory?.[Symbol.dispose]();
  }
}

/** An archive that comes from a descriptor. */
class FdSource implements Source {
  readonly #buffer = new Uint8Array(1 << 20);
  #start = 0;
  #end = 0;

  constructor(readonly input: Fd) {}

  take(length: number): Uint8Array {
    while (this.#end - this.#start < length && this.#fill());
    const from = this.#start;
    this.#start = Math.min(from + length, this.#end);
    return this.#buffer.subarray(from, this.#start);
  }

  /** Writes the content of an entry to a file, and passes what fills its block. */
  copy(size: number, to: Fd): void {
    for (let left = size; left > 0;) {
      if (this.#start === this.#end && !this.#fill()) {
        throw new TarError("it ends in the middle of a file");
      }
      const length = Math.min(left, this.#end - this.#start);
      const from = this.#start;
      writeAll(to.number, this.#buffer.subarray(from, from + length));
      this.#start += length;
      left -= length;
    }
    this.take(padded(size) - size);
  }

  /** Reads to the end, so that who writes into a pipe can end. */
  drain(): void {
    do {
      this.#start = this.#end = 0;
    } while (this.#fill());
  }

  #fill(): boolean {
    if (this.#start > 0) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    const room = this.#buffer.subarray(this.#end);
    const length = read(this.input.number, room) ?? 0;
    this.#end += length;
    return length > 0;
  }
}
