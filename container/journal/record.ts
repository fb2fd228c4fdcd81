/**
 * One record of the journal, as it lies in the file:
 *
 *     struct {
 *       u8 magic[8];
 *       u32 length;          // of the JSON behind this
 *       u32 0;
 *       u32 exited;          // from here as in the record of a monitor, which
 *       i32 code, status;    // copies its own over it; see `monitor/records.ts`
 *       u32 0;
 *       struct timespec time;
 *     }
 *
 * Writers append whole records and know nothing of each other. One that was
 * killed, or found the disk full, may leave the beginning of a record. The magic
 * holds a byte that UTF-8 has not, so it is in no JSON, and the next whole
 * record is found by it.
 *
 * @module
 */
import { viewOf } from "../../sys/memory.ts";
import { exitCode } from "../../sys/process.ts";
import { isObject } from "../../sys/schema.ts";

/** Something that happened, as who noted it tells of it. */
export interface Happening {
  /** What kind of thing it happened to. */
  readonly type: "container" | "network" | "volume";
  /** What was done, or happened: `start`, `die`. */
  readonly action: string;
  /** To whom. */
  readonly id: string;
  /** What else is known, its name and its labels among it. */
  readonly attributes: { readonly [key: string]: string };
  /** Of a container's end: when that life began, in nanoseconds since 1970. */
  readonly began?: bigint;
}

/** The same, as it is read. */
export interface JournalEvent extends Happening {
  /** Nanoseconds since 1970. */
  readonly time: bigint;
}

/** When it happened, and how a container ended. */
export interface Stamp {
  readonly time: bigint;
  /** As siginfo_t has it. */
  readonly end?: { readonly code: number; readonly status: number };
}

/** Size of what stands before the JSON. */
export const HEADER_SIZE = 48;
/** Where a monitor's own record goes: what it says of the end. */
export const END_OFFSET = 16;
/** The most that a record takes: what a monitor can read at once. */
export const MOST_BYTES = 16 * 1024;

const LENGTH = 8, EXITED = 16, CODE = 20, STATUS = 24, TIME = 32;
const MAGIC = Uint8Array.of(
  0xff,
  ...new TextEncoder().encode("rklev1\n"),
);
const SECOND = 1_000_000_000n;
const encoder = new TextEncoder();

/** A record as it goes to the file. */
export function encodeRecord(
  happening: Happening,
  { time, end }: Stamp,
): Uint8Array {
  const json = encodeJson(happening);
  const bytes = new Uint8Array(HEADER_SIZE + json.length);
  const view = viewOf(bytes);
  bytes.set(MAGIC);
  bytes.set(json, HEADER_SIZE);
  view.setUint32(LENGTH, json.length, true);
  if (end) {
    view.setUint32(EXITED, 1, true);
    view.setInt32(CODE, end.code, true);
    view.setInt32(STATUS, end.status, true);
  }
  view.setBigInt64(TIME, time / SECOND, true);
  view.setBigInt64(TIME + 8, time % SECOND, true);
  return bytes;
}

/**
 * Without its longest attributes where it would be too long for a record, and
 * with less of its action where that is what is too long.
 */
function encodeJson(happening: Happening): Uint8Array {
  const { began, ...rest } = happening;
  const told = { ...rest, ...(began !== undefined && { began: `${began}` }) };
  const json = encoder.encode(JSON.stringify(told));
  if (HEADER_SIZE + json.length <= MOST_BYTES) return json;
  const attributes = Object.entries(happening.attributes);
  if (attributes.length === 0) {
    const { action } = happening;
    return encodeJson({
      ...happening,
      action: action.slice(0, action.length / 2),
    });
  }
  const longest = attributes.reduce((a, b) =>
    lengthOf(a) < lengthOf(b) ? b : a
  );
  return encodeJson({
    ...happening,
    attributes: Object.fromEntries(
      attributes.filter((entry) => entry !== longest),
    ),
  });
}

function lengthOf([key, value]: [string, string]): number {
  return key.length + value.length;
}

/** What {@linkcode decodeRecords} found. */
export interface Decoded {
  readonly events: JournalEvent[];
  /** How many bytes need not be looked at again. */
  readonly used: number;
}

/**
 * The whole records in `data`, those that were cut short left out. What follows
 * the last one may still be being written.
 */
export function decodeRecords(data: Uint8Array): Decoded {
  const events: JournalEvent[] = [];
  const view = viewOf(data);
  let at = 0;
  for (;;) {
    const start = findMagic(data, at);
    if (start === -1) {
      // The beginning of a magic may be the last that is there.
      return { events, used: Math.max(at, data.length - MAGIC.length + 1) };
    }
    const next = findMagic(data, start + 1);
    const end = endOf(view, start);
    if (end === undefined || (next !== -1 && next < end)) {
      // Cut short: another one begins where it should go on.
      if (next === -1 && start + HEADER_SIZE > data.length) {
        return { events, used: start };
      }
      at = start + 1;
      continue;
    }
    if (end > data.length) return { events, used: start };
    const event = decodeRecord(data.subarray(start, end));
    if (event) events.push(event);
    at = end;
  }
}

/** Where the record at `start` ends, if what says so can be believed. */
function endOf(view: DataView, start: number): number | undefined {
  if (start + HEADER_SIZE > view.byteLength) return undefined;
  const end = start + HEADER_SIZE + view.getUint32(start + LENGTH, true);
  return end - start <= MOST_BYTES ? end : undefined;
}

/** Where the next record begins, or one that was cut short; -1 for nowhere. */
export function findMagic(data: Uint8Array, from: number): number {
  for (let at = from; (at = data.indexOf(MAGIC[0]!, at)) !== -1; at++) {
    if (MAGIC.every((byte, i) => data[at + i] === byte)) return at;
  }
  return -1;
}

/** When the record at the beginning of `data` was noted. */
export function timeOf(data: Uint8Array): bigint {
  const view = viewOf(data);
  return view.getBigInt64(TIME, true) * SECOND +
    view.getBigInt64(TIME + 8, true);
}

/** Undefined where the disk has kept something else, as after a power cut. */
function decodeRecord(bytes: Uint8Array): JournalEvent | undefined {
  const happening = decodeJson(bytes.subarray(HEADER_SIZE));
  if (!happening) return undefined;
  const time = timeOf(bytes);
  const view = viewOf(bytes);
  if (view.getUint32(EXITED, true) === 0) return { ...happening, time };
  const code = exitCode(
    view.getInt32(CODE, true),
    view.getInt32(STATUS, true),
  );
  return {
    ...happening,
    attributes: {
      ...happening.attributes,
      ...(happening.began !== undefined && {
        execDuration: String((time - happening.began) / SECOND),
      }),
      exitCode: String(code),
    },
    time,
  };
}

function decodeJson(json: Uint8Array): Happening | undefined {
  try {
    const value = JSON.parse(new TextDecoder().decode(json));
    if (!isHappening(value)) return undefined;
    const { began, ...rest } = value;
    return { ...rest, ...(began !== undefined && { began: BigInt(began) }) };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Whether it is what {@linkcode encodeJson} writes. */
function isHappening(value: unknown): value is Happening {
  return isObject(value) && isObject(value.attributes) &&
    [value.type, value.action, value.id].every((text) =>
      typeof text === "string"
    );
}
