/**
 * Headers of entries as they are read: POSIX's, and what others still write:
 * GNU's long names and large numbers.
 *
 * @module
 */
import type { Time } from "./node.ts";
import { decodePax } from "./pax.ts";
import {
  BLOCK,
  checksumOf,
  type Entry,
  type EntryKind,
  FIELD,
  type Field,
  padded,
  TarError,
  TYPES,
} from "./tar_header.ts";
import type { Xattrs } from "./xattr.ts";

const decoder = new TextDecoder();

const KINDS: ReadonlyMap<string, EntryKind> = new Map<string, EntryKind>([
  ...[...TYPES].map(([kind, type]) => [type, kind] as const),
  ["\0", "file"], // before POSIX
  ["7", "file"], // contiguous, which nobody has
]);

/** Where entries come from. */
export interface Source {
  /** So many bytes, or what is left; good until the next are taken. */
  take(length: number): Uint8Array;
}

/** The most that rkl takes for a name or attributes of one entry. */
const MOST_EXTRA = 1 << 20;

/**
 * The next entry; its content follows in the source. Undefined at the end of
 * the archive.
 *
 * @throws {TarError}
 */
export function readEntry(
  source: Source,
  globals: Map<string, Uint8Array>,
): Entry | undefined {
  const extra = new Map<string, Uint8Array>();
  for (;;) {
    const header = source.take(BLOCK).slice();
    if (header.every((byte) => byte === 0)) return undefined;
    checkHeader(header);
    const type = decoder.decode(field(header, FIELD.type));
    const size = numberIn(header, FIELD.size);
    if (type === "x" || type === "g") {
      const into = type === "g" ? globals : extra;
      for (const [key, value] of decodePax(takeExtra(source, size))) {
        into.set(key, value);
      }
    } else if (type === "L" || type === "K") {
      const key = type === "L" ? "path" : "linkpath";
      extra.set(key, cut(takeExtra(source, size)));
    } else {
      return decodeEntry(header, type, new Map([...globals, ...extra]));
    }
  }
}

/** How compressed files begin, and what undoes it. */
const COMPRESSED: readonly (readonly [string, readonly number[], string])[] = [
  ["gzip", [0x1f, 0x8b], "gunzip -c"],
  ["bzip2", [0x42, 0x5a, 0x68], "bunzip2 -c"],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a], "unxz -c"],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd], "unzstd -c"],
];

function checkHeader(header: Uint8Array): void {
  for (const [format, magic, tool] of COMPRESSED) {
    if (magic.every((byte, i) => header[i] === byte)) {
      throw new TarError(
        `it is compressed by ${format}; give what \`${tool}\` makes of it`,
      );
    }
  }
  const isWhole = header.length === BLOCK;
  if (isWhole && numberIn(header, FIELD.checksum) === checksumOf(header)) {
    return;
  }
  throw new TarError("it is no tar archive, or is damaged");
}

function takeExtra(source: Source, size: number): Uint8Array {
  if (size > MOST_EXTRA) throw new TarError(`a name has ${size} bytes`);
  const bytes = source.take(padded(size));
  if (bytes.length < size) {
    throw new TarError("it ends in the middle of an entry");
  }
  return bytes.slice(0, size);
}

function decodeEntry(
  header: Uint8Array,
  type: string,
  extra: ReadonlyMap<string, Uint8Array>,
): Entry {
  const textIn = (key: string) => {
    const value = extra.get(key);
    return value && decoder.decode(value);
  };
  const path = extra.get("path") ?? pathIn(header);
  const kind = KINDS.get(type);
  const isSparse = [...extra.keys()].some((key) =>
    key.startsWith("GNU.sparse")
  );
  if (!kind || isSparse) {
    const why = isSparse || type === "S"
      ? "sparse files are not read; make it without tar's --sparse"
      : `entries of type "${type}" are not read`;
    throw new TarError(`${decoder.decode(path)}: ${why}`);
  }
  const number = (key: "uid" | "gid" | "size") => {
    const text = textIn(key);
    if (text === undefined) return numberIn(header, FIELD[key]);
    if (/^\d+$/.test(text)) return Number(text);
    throw new TarError(`${key} is "${text}"`);
  };
  const mtime = textIn("mtime");
  const isOldDirectory = kind === "file" && path.at(-1) === SLASH;
  const hasContent = kind === "file" && !isOldDirectory;
  return {
    kind: isOldDirectory ? "directory" : kind,
    path,
    mode: numberIn(header, FIELD.mode) & 0o7777,
    uid: number("uid"),
    gid: number("gid"),
    size: hasContent ? number("size") : 0,
    mtime: mtime === undefined
      ? { seconds: numberIn(header, FIELD.mtime), nanoseconds: 0 }
      : parseTime(mtime),
    target: extra.get("linkpath") ?? cut(field(header, FIELD.target)),
    device: {
      major: numberIn(header, FIELD.major),
      minor: numberIn(header, FIELD.minor),
    },
    xattrs: xattrsIn(extra),
  };
}

const SLASH = 0x2f;

/** POSIX's headers keep the beginning of a long path apart. */
function pathIn(header: Uint8Array): Uint8Array {
  const path = cut(field(header, FIELD.path));
  const isPosix = decoder.decode(field(header, FIELD.magic)) === "ustar\0";
  const prefix = isPosix ? cut(field(header, FIELD.prefix)) : [];
  return prefix.length === 0
    ? path
    : new Uint8Array([...prefix, SLASH, ...path]);
}

function xattrsIn(extra: ReadonlyMap<string, Uint8Array>): Xattrs {
  const PREFIX = "SCHILY.xattr.";
  return new Map(
    [...extra].flatMap(([key, value]) =>
      key.startsWith(PREFIX) ? [[key.slice(PREFIX.length), value]] : []
    ),
  );
}

function field(
  header: Uint8Array,
  [offset, length]: Field,
): Uint8Array {
  return header.slice(offset, offset + length);
}

/** What stands before the first NUL. */
function cut(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

/** Octal digits, or, with the first bit set, GNU's binary. */
function numberIn(
  header: Uint8Array,
  place: Field,
): number {
  const bytes = field(header, place);
  if (bytes[0]! & 0x80) {
    const negative = (bytes[0]! & 0x40) !== 0;
    const value = bytes.reduce(
      (sum, byte, i) => sum * 256n + BigInt(i === 0 ? byte & 0x7f : byte),
      0n,
    );
    const bits = BigInt(8 * bytes.length - 1);
    return Number(negative ? value - (1n << bits) : value);
  }
  const text = decoder.decode(cut(bytes)).trim();
  if (!/^[0-7]*$/.test(text)) {
    throw new TarError("it is no tar archive, or is damaged");
  }
  return parseInt(text || "0", 8);
}

/** @throws {TarError} */
function parseTime(text: string): Time {
  const [, sign, whole, rest = ""] = /^(-?)(\d+)(?:\.(\d*))?$/.exec(text) ?? [];
  if (whole === undefined) throw new TarError(`a time is "${text}"`);
  const nanoseconds = Number(rest.slice(0, 9).padEnd(9, "0"));
  const seconds = Number(whole);
  if (!sign) return { seconds, nanoseconds };
  return nanoseconds === 0
    ? { seconds: -seconds, nanoseconds }
    : { seconds: -seconds - 1, nanoseconds: 1e9 - nanoseconds };
}
