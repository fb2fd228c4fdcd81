/**
 * Entries of tar archives: POSIX's pax format, as tar(5) has it, and of GNU's
 * what others still write.
 *
 * Names and values are bytes, for neither names nor attributes need be UTF-8.
 *
 * @module
 */
import type { Kind, Time } from "./node.ts";
import type { Xattrs } from "./xattr.ts";
import { decodePax, encodePax } from "./pax.ts";

/** What tar aligns to. */
export const BLOCK = 512;

/** What an entry may be; a `name` is one more name of a file before. */
export type EntryKind = Kind | "name";

/** An entry of an archive, without its content. */
export interface Entry {
  readonly kind: EntryKind;
  readonly path: Uint8Array;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Of its content. */
  readonly size: number;
  readonly mtime: Time;
  /** Where a link leads, or the path that a name is added to. */
  readonly target: Uint8Array;
  readonly device: { readonly major: number; readonly minor: number };
  readonly xattrs: Xattrs;
}

/** An archive that is none, or has what rkl does not read. */
export class TarError extends Error {
  /** Tells it from other errors. */
  override readonly name = "TarError";
}

const TYPES: ReadonlyMap<EntryKind, string> = new Map<EntryKind, string>([
  ["file", "0"],
  ["name", "1"],
  ["link", "2"],
  ["character", "3"],
  ["block", "4"],
  ["directory", "5"],
  ["fifo", "6"],
]);

const KINDS: ReadonlyMap<string, EntryKind> = new Map<string, EntryKind>([
  ...[...TYPES].map(([kind, type]) => [type, kind] as const),
  ["\0", "file"], // before POSIX
  ["7", "file"], // contiguous, which nobody has
]);

/** Where fields of a header are: offset and length; see tar(5), "ustar". */
const FIELD = {
  path: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  target: [157, 100],
  magic: [257, 6],
  version: [263, 2],
  major: [329, 8],
  minor: [337, 8],
  prefix: [345, 155],
} as const;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The blocks before the content of an entry. */
export function encodeEntry(entry: Entry): Uint8Array {
  const records = paxRecords(entry);
  const header = encodeHeader(entry, TYPES.get(entry.kind)!);
  if (records.size === 0) return header;
  const body = encodePax(records);
  const before = encodeHeader({
    ...entry,
    path: encoder.encode("PaxHeaders/entry"),
    target: new Uint8Array(),
    size: body.length,
  }, "x");
  const bytes = new Uint8Array(2 * BLOCK + padded(body.length));
  bytes.set(before);
  bytes.set(body, BLOCK);
  bytes.set(header, bytes.length - BLOCK);
  return bytes;
}

/** What does not fit into a header of POSIX's first format. */
function paxRecords(entry: Entry): Map<string, Uint8Array> {
  const records = new Map<string, Uint8Array>();
  const put = (key: string, value: string | Uint8Array) =>
    records.set(
      key,
      typeof value === "string" ? encoder.encode(value) : value,
    );
  if (!fits("path", entry.path)) put("path", entry.path);
  if (!fits("target", entry.target)) put("linkpath", entry.target);
  for (const key of ["size", "uid", "gid"] as const) {
    if (entry[key] > most(key)) put(key, String(entry[key]));
  }
  const { seconds, nanoseconds } = entry.mtime;
  if (nanoseconds > 0 || seconds < 0 || seconds > most("mtime")) {
    put("mtime", formatTime(entry.mtime));
  }
  for (const [name, value] of entry.xattrs) put(`SCHILY.xattr.${name}`, value);
  return records;
}

/** Names of ASCII alone: what else a header's bytes mean, nobody has said. */
function fits(field: "path" | "target", bytes: Uint8Array): boolean {
  return bytes.length <= FIELD[field][1] && bytes.every((byte) => byte < 128);
}

/** The most that the octal digits of a field can say. */
function most(field: "size" | "uid" | "gid" | "mtime"): number {
  return 8 ** (FIELD[field][1] - 1) - 1;
}

/** A decimal number of seconds; before 1970 too. */
function formatTime({ seconds, nanoseconds }: Time): string {
  if (seconds >= 0) return `${seconds}.${digits(nanoseconds)}`;
  if (nanoseconds === 0) return String(seconds);
  const whole = seconds + 1; // towards zero
  return `-${-whole}.${digits(1e9 - nanoseconds)}`;
}

function digits(nanoseconds: number): string {
  return String(nanoseconds).padStart(9, "0");
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

function encodeHeader(entry: Entry, type: string): Uint8Array {
  const header = new Uint8Array(BLOCK);
  const put = (
    [offset, length]: readonly [number, number],
    bytes: Uint8Array,
  ) => header.set(bytes.subarray(0, length), offset);
  const octal = (field: readonly [number, number], value: number) => {
    const width = field[1] - 1;
    const top = 8 ** width - 1;
    const text = Math.min(Math.max(value, 0), top).toString(8);
    put(field, encoder.encode(text.padStart(width, "0")));
  };
  put(FIELD.path, entry.path);
  octal(FIELD.mode, entry.mode);
  octal(FIELD.uid, entry.uid);
  octal(FIELD.gid, entry.gid);
  octal(FIELD.size, entry.size);
  octal(FIELD.mtime, entry.mtime.seconds);
  put(FIELD.type, encoder.encode(type));
  put(FIELD.target, entry.target);
  put(FIELD.magic, encoder.encode("ustar\0"));
  put(FIELD.version, encoder.encode("00"));
  octal(FIELD.major, entry.device.major);
  octal(FIELD.minor, entry.device.minor);
  const sum = checksumOf(header).toString(8).padStart(6, "0");
  put(FIELD.checksum, encoder.encode(`${sum}\0 `));
  return header;
}

/** The sum of all bytes, those of the checksum taken as blanks. */
function checksumOf(header: Uint8Array): number {
  const [start, length] = FIELD.checksum;
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) {
    sum += i >= start && i < start + length ? 0x20 : header[i]!;
  }
  return sum;
}

/** The length with what fills its last block. */
export function padded(length: number): number {
  return Math.ceil(length / BLOCK) * BLOCK;
}

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
  [offset, length]: readonly [number, number],
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
  place: readonly [number, number],
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
