/**
 * Headers of entries as they are written: POSIX's, with a pax header before
 * those that do not fit.
 *
 * @module
 */
import type { Time } from "./node.ts";
import { encodePax } from "./pax.ts";
import {
  BLOCK,
  checksumOf,
  type Entry,
  FIELD,
  type Field,
  padded,
  TYPES,
} from "./tar_header.ts";

const encoder = new TextEncoder();

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

function encodeHeader(entry: Entry, type: string): Uint8Array {
  const header = new Uint8Array(BLOCK);
  const put = (
    [offset, length]: Field,
    bytes: Uint8Array,
  ) => header.set(bytes.subarray(0, length), offset);
  const octal = (field: Field, value: number) => {
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
