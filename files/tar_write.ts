/**
 * Writing a tree as a tar archive. Contents go from file to file inside the
 * kernel; headers and small files are gathered, so that few calls are made.
 *
 * @module
 */
import { ERRNO } from "../sys/errno.ts";
import { SyscallError } from "../sys/errors.ts";
import { type Fd, O, writeAll } from "../sys/fd.ts";
import { words } from "../sys/memory.ts";
import { trySyscall } from "../sys/syscall.ts";
import { rangesOf } from "./content.ts";
import { listNames, readLink, reopen, tryOpenAt } from "./directory.ts";
import { look, type Name, type Node, textOf } from "./node.ts";
import { isPseudoFilesystem } from "./pseudo.ts";
import { encodeEntry } from "./tar_encode.ts";
import { BLOCK, type Entry, padded } from "./tar_header.ts";
import { readXattrs } from "./xattr.ts";

/** An archive that is being written to a descriptor. */
export class TarWriter {
  readonly #gathered = new Uint8Array(256 * 1024);
  #length = 0;
  /** Files of several names, by what they are: the paths of the first. */
  readonly #known = new Map<string, Uint8Array>();

  constructor(readonly out: Fd) {
    widen(out);
  }

  /** Adds what a descriptor of O_PATH stands for, with all below it. */
  addHeld(held: Fd, path: Uint8Array): void {
    const node = look(held.number);
    if (node.kind === "socket") return; // archives have no such thing
    if (node.kind === "directory") return this.#addDirectory(held, node, path);
    const first = node.links > 1 ? this.#known.get(node.identity) : undefined;
    const entry = entryOf(held, node, path);
    if (first) return this.#add({ ...entry, kind: "name", target: first });
    if (node.links > 1) this.#known.set(node.identity, path);
    if (node.kind === "link") {
      return this.#add({ ...entry, target: readLink(held) });
    }
    if (node.kind !== "file") return this.#add(entry);
    using file = reopen(held, O.RDONLY);
    this.#add({ ...entry, size: node.size });
    this.#addContent(file, node);
  }

  /** Adds all that is in a directory, at the top of the archive or below `path`. */
  addInside(directory: Fd, path: Uint8Array = new Uint8Array()): void {
    for (const name of listNames(directory)) {
      const held = tryOpenAt(directory.number, name, O.PATH);
      if (held === ERRNO.ENOENT) continue; // it went meanwhile
      if (typeof held === "number") {
        throw new SyscallError("open", textOf(name), held);
      }
      using _held = held;
      this.addHeld(held, below(path, name));
    }
  }

  /** Ends the archive. */
  end(): void {
    this.#gather(new Uint8Array(2 * BLOCK));
    this.#flush();
  }

  #addDirectory(held: Fd, node: Node, path: Uint8Array): void {
    this.#add(entryOf(held, node, new Uint8Array([...path, SLASH])));
    using directory = reopen(held, O.RDONLY | O.DIRECTORY);
    if (isPseudoFilesystem(directory.number)) return;
    this.addInside(directory, path);
  }

  #add(entry: Entry): void {
    this.#gather(encodeEntry(entry));
  }

  /** As many bytes as were promised, whatever becomes of the file meanwhile. */
  #addContent(file: Fd, node: Node): void {
    const { size } = node;
    let at = 0;
    const ranges = size > SMALL
      ? rangesOf(file.number, node)
      : [{ start: 0, end: size }];
    for (const { start, end } of ranges) {
      this.#addZeros(start - at);
      at = this.#addRange(file, start, end);
      if (at < end) break;
    }
    this.#addZeros(padded(size) - at);
  }

  /** Adds a part of a file; returns where it ended, which may be earlier. */
  #addRange(file: Fd, start: number, end: number): number {
    let at = end - start > SMALL ? this.#send(file, start, end) : start;
    while (at < end) {
      const room = this.#room(Math.min(end - at, this.#gathered.length))
        .subarray(0, end - at);
      const length = trySyscall(
        "pread64",
        ...[file.number, room, room.length, at],
      );
      if (length === -ERRNO.EINTR!) continue;
      if (length < 0) throw new SyscallError("read", file.path, -length);
      if (length === 0) break;
      this.#length += length;
      at += length;
    }
    return at;
  }

  #addZeros(count: number): void {
    for (let left = count; left > 0;) {
      const room = this.#room(1).subarray(0, left).fill(0);
      this.#length += room.length;
      left -= room.length;
    }
  }

  /** Sends a part of a file inside the kernel; returns where that ended. */
  #send(file: Fd, start: number, end: number): number {
    const MOST = 1 << 30;
    this.#flush();
    const offset = words(start);
    let at = start;
    while (at < end) {
      const length = Math.min(end - at, MOST);
      const result = trySyscall(
        "sendfile",
        ...[this.out.number, file.number, offset, length],
      );
      if (result === -ERRNO.EINTR!) continue;
      // A descriptor that cannot be sent to, or not now, is written to.
      if (result === 0 || CANNOT_SEND.has(-result)) break;
      if (result < 0) throw new SyscallError("write", this.out.path, -result);
      at += result;
    }
    return at;
  }

  #gather(bytes: Uint8Array): void {
    if (bytes.length > this.#gathered.length) {
      this.#flush();
      return writeAll(this.out.number, bytes);
    }
    this.#room(bytes.length).set(bytes);
    this.#length += bytes.length;
  }

  /** The free part of what is gathered, at least so long. */
  #room(length: number): Uint8Array {
    if (this.#gathered.length - this.#length < length) this.#flush();
    return this.#gathered.subarray(this.#length);
  }

  #flush(): void {
    writeAll(this.out.number, this.#gathered.subarray(0, this.#length));
    this.#length = 0;
  }
}

const SMALL = 64 * 1024;
const CANNOT_SEND = new Set([ERRNO.EINVAL!, ERRNO.EAGAIN!]);

/** Lets a pipe hold more, so that both its ends wait less; others stay. */
function widen({ number }: Fd): void {
  const [F_SETPIPE_SZ, MIB] = [1031, 1 << 20];
  trySyscall("fcntl", number, F_SETPIPE_SZ, MIB);
}

const SLASH = 0x2f;

function below(path: Uint8Array, name: Name): Uint8Array {
  const bare = name.subarray(0, -1);
  return path.length === 0
    ? bare.slice()
    : new Uint8Array([...path, SLASH, ...bare]);
}

function entryOf(held: Fd, node: Node, path: Uint8Array): Entry {
  const { mode, uid, gid, mtime, device } = node;
  return {
    kind: node.kind,
    path,
    mode,
    uid,
    gid,
    size: 0,
    mtime,
    target: new Uint8Array(),
    device,
    xattrs: readXattrs(held.number),
  };
}
