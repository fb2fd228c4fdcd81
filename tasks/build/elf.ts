/**
 * Adds a segment to an executable that somebody else linked, and lets the
 * program begin in it.
 *
 * The program header of the segment takes the place of `PT_NOTE`, which says
 * nothing the program needs, so nothing in the file moves.
 *
 * @module
 */
import { viewOf } from "../../sys/memory.ts";
import type { Arch } from "../../sys/numbers.ts";
import { EM } from "../../runtime/init/elf.ts";

// elf.h
const PT = { LOAD: 1, DYNAMIC: 2, INTERP: 3, NOTE: 4 } as const;
const PF = { X: 1, R: 4 } as const;
const DT = { STRTAB: 5, SYMTAB: 6, RELA: 7, RELASZ: 8 } as const;
const EHDR = {
  type: 16,
  machine: 18,
  entry: 24,
  phoff: 32,
  phnum: 56,
} as const;
const ET_DYN = 3;
const PHDR_SIZE = 56, SYM_SIZE = 24, RELA_SIZE = 24;

/** Segments start at multiples of the largest page size of the two architectures. */
const PAGE = 0x10000;

/** An entry of the program header table. */
interface Segment {
  type: number;
  flags: number;
  offset: number;
  address: number;
  fileSize: number;
  memorySize: number;
  align: number;
}

/** What rkl's start has to know of an executable. */
export interface Executable {
  bytes: Uint8Array;
  arch: Arch;
  /** Its first instruction, as an address before relocation. */
  entry: number;
  /** The path of the dynamic loader. */
  loader: string;
  /** Where the address of libc's `environ` is after relocation. */
  environ: number;
  /** Where a further segment goes. */
  next: { offset: number; address: number };
  segments: Segment[];
}

/**
 * Reads what is needed of `bytes`, as in the System V ABI and its supplements.
 *
 * @throws {Error} if it is not a position-independent, dynamically linked
 * executable of a known architecture that uses `environ` and has a note.
 */
export function readExecutable(bytes: Uint8Array): Executable {
  const view = viewOf(bytes);
  const word = (at: number) => Number(view.getBigUint64(at, true));
  if (view.getUint32(0) !== 0x7f454c46) throw reject("it is not an ELF file");
  const machine = view.getUint16(EHDR.machine, true);
  const arch = (Object.keys(EM) as Arch[]).find((name) => EM[name] === machine);
  if (!arch) throw reject(`its machine is ${machine}, not x86_64 or aarch64`);
  if (view.getUint16(EHDR.type, true) !== ET_DYN) {
    throw reject("it is not position-independent");
  }

  const segments = Array.from(
    { length: view.getUint16(EHDR.phnum, true) },
    (_, index): Segment => {
      const at = word(EHDR.phoff) + index * PHDR_SIZE;
      return {
        type: view.getUint32(at, true),
        flags: view.getUint32(at + 4, true),
        offset: word(at + 8),
        address: word(at + 16),
        fileSize: word(at + 32),
        memorySize: word(at + 40),
        align: word(at + 48),
      };
    },
  );
  const find = (type: keyof typeof PT) => {
    const found = segments.find((segment) => segment.type === PT[type]);
    if (!found) throw reject(`it has no PT_${type}`);
    return found;
  };
  find("NOTE");
  const interp = find("INTERP"), dynamic = find("DYNAMIC");
  const end = Math.max(...segments.map((s) => s.address + s.memorySize));

  /** The file's offset of `address`. */
  const offsetOf = (address: number) => {
    const holder = segments.find((s) =>
      s.type === PT.LOAD && address >= s.address &&
      address < s.address + s.fileSize
    );
    if (!holder) throw reject(`0x${address.toString(16)} is not in the file`);
    return holder.offset + address - holder.address;
  };
  const text = (at: number) =>
    new TextDecoder().decode(bytes.subarray(at, bytes.indexOf(0, at)));
  const tags = new Map<number, number>();
  for (let at = 0; at < dynamic.fileSize; at += 16) {
    tags.set(word(dynamic.offset + at), word(dynamic.offset + at + 8));
  }
  const table = (tag: keyof typeof DT) => offsetOf(tags.get(DT[tag]) ?? -1);

  /** The place that is relocated to the address of the symbol `name`. */
  const placeOf = (name: string) => {
    const first = table("RELA");
    const size = tags.get(DT.RELASZ) ?? 0;
    for (let at = first; at < first + size; at += RELA_SIZE) {
      const symbol = view.getUint32(at + 12, true); // ELF64_R_SYM(r_info)
      if (symbol === 0) continue;
      const entry = table("SYMTAB") + symbol * SYM_SIZE;
      const start = table("STRTAB") + view.getUint32(entry, true); // st_name
      if (text(start) === name) return word(at);
    }
    throw reject(`it does not use ${name}`);
  };

  return {
    bytes,
    arch,
    entry: word(EHDR.entry),
    loader: text(interp.offset),
    environ: placeOf("environ"),
    next: { offset: pageUp(bytes.length), address: pageUp(end) },
    segments,
  };
}

/**
 * `executable` with `segment` added where `next` says, readable and
 * executable, beginning at `start` bytes into it. In two parts, to be written
 * one after the other.
 */
export function addSegment(
  { bytes, segments, next }: Executable,
  segment: Uint8Array,
  start: number,
): [Uint8Array, Uint8Array] {
  const front = new Uint8Array(next.offset);
  front.set(bytes);
  const view = new DataView(front.buffer);
  const note = segments.findIndex(({ type }) => type === PT.NOTE);
  const added: Segment = {
    type: PT.LOAD,
    flags: PF.R | PF.X,
    ...next,
    fileSize: segment.length,
    memorySize: segment.length,
    align: 0x1000,
  };
  // loadable segments must be in the order of their addresses, so it goes last
  segments.toSpliced(note, 1).concat(added).forEach((each, index) => {
    const at = Number(view.getBigUint64(EHDR.phoff, true)) + index * PHDR_SIZE;
    const { type, flags, offset, address, fileSize, memorySize, align } = each;
    view.setUint32(at, type, true);
    view.setUint32(at + 4, flags, true);
    [offset, address, address, fileSize, memorySize, align].forEach(
      (value, i) => view.setBigUint64(at + 8 + i * 8, BigInt(value), true),
    );
  });
  view.setBigUint64(EHDR.entry, BigInt(next.address + start), true);
  return [front, segment];
}

function pageUp(value: number): number {
  return Math.ceil(value / PAGE) * PAGE;
}

function reject(reason: string): Error {
  return new Error(`Cannot pack the Deno executable: ${reason}`);
}
