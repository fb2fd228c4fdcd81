/**
 * What entries of tar archives are made of, as tar(5) has it.
 *
 * Names and values are bytes, for neither names nor attributes need be UTF-8.
 *
 * @module
 */
import type { Kind, Time } from "./node.ts";
import type { Xattrs } from "./xattr.ts";

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

/** The letters of tar for them. */
export const TYPES: ReadonlyMap<EntryKind, string> = new Map<EntryKind, string>(
  [
    ["file", "0"],
    ["name", "1"],
    ["link", "2"],
    ["character", "3"],
    ["block", "4"],
    ["directory", "5"],
    ["fifo", "6"],
  ],
);

/** A field of a header: offset and length. */
export type Field = readonly [offset: number, length: number];

/** Where fields of a header are: offset and length; see tar(5), "ustar". */
export const FIELD = {
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

/** The sum of all bytes, those of the checksum taken as blanks. */
export function checksumOf(header: Uint8Array): number {
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
