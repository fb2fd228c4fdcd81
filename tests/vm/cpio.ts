/**
 * The archive the kernel unpacks as its first root: cpio in the "newc" format of
 * the kernel's Documentation/driver-api/early-userspace/buffer-format.rst.
 *
 * @module
 */

/** One file, directory or symbolic link of the archive, owned by root. */
export type Entry =
  | { path: string; kind: "file"; mode: number; data: Uint8Array }
  | { path: string; kind: "directory" }
  | { path: string; kind: "symlink"; target: string };

/** File type bits, from linux/stat.h. */
const S_IF = { file: 0o100000, directory: 0o040000, symlink: 0o120000 };

const utf8 = new TextEncoder();

/**
 * Writes `entries` as one archive, in order: a directory comes before what is in
 * it. Paths are relative, without a leading `./`.
 */
export function encodeCpio(entries: Entry[]): Uint8Array<ArrayBuffer> {
  const records = entries.map((entry, index) =>
    encodeRecord(index + 1, entry.path, modeOf(entry), dataOf(entry))
  );
  records.push(encodeRecord(0, "TRAILER!!!", 0, new Uint8Array()));
  const archive = new Uint8Array(records.reduce((n, r) => n + r.length, 0));
  let at = 0;
  for (const record of records) {
    archive.set(record, at);
    at += record.length;
  }
  return archive;
}

function modeOf(entry: Entry): number {
  const permissions = { file: 0, directory: 0o755, symlink: 0o777 }[entry.kind];
  return S_IF[entry.kind] | (entry.kind === "file" ? entry.mode : permissions);
}

function dataOf(entry: Entry): Uint8Array {
  if (entry.kind === "file") return entry.data;
  return entry.kind === "symlink"
    ? utf8.encode(entry.target)
    : new Uint8Array();
}

/** Header, name and data; the last two padded to four bytes each. */
function encodeRecord(
  inode: number,
  path: string,
  mode: number,
  data: Uint8Array,
): Uint8Array {
  const name = utf8.encode(path + "\0");
  // magic, then thirteen numbers of eight hexadecimal digits
  const header = "070701" + [
    inode,
    mode,
    0, // uid
    0, // gid
    1, // nlink
    0, // mtime
    data.length,
    0, // devmajor
    0, // devminor
    0, // rdevmajor
    0, // rdevminor
    name.length,
    0, // check
  ].map((field) => field.toString(16).padStart(8, "0")).join("");
  const dataAt = align(header.length + name.length);
  const record = new Uint8Array(align(dataAt + data.length));
  record.set(utf8.encode(header));
  record.set(name, header.length);
  record.set(data, dataAt);
  return record;
}

/** The next multiple of four. */
function align(length: number): number {
  return (length + 3) & ~3;
}
