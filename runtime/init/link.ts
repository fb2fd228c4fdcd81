/**
 * Linker: gives every row and block its address and writes the executable.
 *
 * @module
 */
import {
  type Arch,
  type SyscallName,
  syscallNumber,
} from "../../sys/numbers.ts";
import { AARCH64 } from "./aarch64.ts";
import { elfFile, EM } from "./elf.ts";
import {
  CODE,
  DATA_OFFSET,
  FAIL_TARGET,
  HEADER,
  ROW,
  rowAddress,
  TEXT,
} from "./layout.ts";
import { type Listing, parseListing } from "./listing.ts";
import {
  Deref,
  Label,
  Named,
  type Operand,
  type Placed,
  Ref,
  type Row,
} from "./row.ts";
import { rowText } from "./text.ts";
import { X86_64 } from "./x86_64.ts";

/** A row as its reader sees it. */
export interface RowInfo {
  /** As strace would print it; `$3` is the result of row 3. */
  text: string;
  /** What it is for. */
  what: string | undefined;
  /** Set on rows that are system calls. */
  syscall?: SyscallName;
}

/** A program ready to run. */
export interface Linked {
  /** The executable. */
  elf: Uint8Array;
  /** The rows, at the indices a failed program reports. */
  rows: RowInfo[];
}

/** What a program without `onFail` does on failure, or at its end. */
const END: Row = {
  op: "sys",
  syscall: "exit_group",
  args: [new Named(1)],
  target: "next",
};

/**
 * The executable of `rows` and `blocks`, and the rows in words.
 *
 * @throws {Error} if a row names a label that was never placed, or memory of
 * another program.
 */
export function link(rows: Row[], blocks: Placed[], arch: Arch): Linked {
  const { code, labels } = interpreter(arch);
  const memory = layOut(blocks, rowAddress(rows.length + 1));
  const { bytes, addresses } = memory;
  const view = new DataView(bytes.buffer);

  view.setUint32(FAIL_TARGET, rowAddress(rows.length), true);
  [...rows, END].forEach((row, index) => {
    const at = rowAddress(index) - HEADER;
    bytes[at + ROW.op] = labels.get(row.op)! / 4;
    if (row.syscall) {
      view.setUint16(at + ROW.number, syscallNumber(row.syscall, arch), true);
    }
    view.setUint32(at + ROW.target, targetOf(row, index), true);
    row.args.forEach((arg, i) => {
      if (arg instanceof Ref || arg instanceof Deref) {
        bytes[at + ROW.indirect]! |= 1 << i;
      }
      setU64(view, at + ROW.args + i * 8, encode(arg, addresses));
    });
  });
  for (const block of blocks) {
    if (block.kind !== "words") continue;
    const at = addresses.get(block)! - HEADER;
    block.values.forEach((value, i) => {
      setU64(view, at + i * 8, encode(value, addresses));
    });
  }

  const elf = elfFile({
    machine: EM[arch],
    entry: CODE + labels.get("start")!,
    text: { address: TEXT, offset: CODE - TEXT, code },
    data: {
      address: HEADER,
      offset: DATA_OFFSET,
      bytes: bytes.subarray(0, memory.fileEnd - HEADER),
      memorySize: memory.end - HEADER,
    },
  });
  return { elf, rows: rows.map(rowInfo) };
}

const LISTINGS = { x86_64: X86_64, aarch64: AARCH64 };
const parsed = new Map<Arch, Listing>();

/** The interpreter for `arch`, taken apart once. */
function interpreter(arch: Arch): Listing {
  const listing = parsed.get(arch) ?? parseListing(LISTINGS[arch]);
  parsed.set(arch, listing);
  return listing;
}

type Addresses = Map<Placed, number>;

/** The data segment, from the header on. */
interface Memory {
  /** Byte blocks and strings are in place; what is behind them is unused. */
  bytes: Uint8Array<ArrayBuffer>;
  addresses: Addresses;
  /** Where the file ends, and the zeros begin. */
  fileEnd: number;
  end: number;
}

/** Puts the blocks from `start` on, zeros last. */
function layOut(blocks: Placed[], start: number): Memory {
  const addresses: Addresses = new Map();
  let end = start;
  const put = (block: Placed, size: number) => {
    end = Math.ceil(end / block.align) * block.align;
    addresses.set(block, end);
    end += size;
  };

  let room = 0; // for strings: a UTF-16 unit takes up to three bytes
  for (const block of blocks) {
    if (block.kind === "words") put(block, block.values.length * 8);
    else if (block.kind === "bytes") put(block, block.bytes.length);
    else if (block.kind === "string") room += block.text.length * 3 + 1;
  }
  const bytes = new Uint8Array(end + room - HEADER);
  const encoder = new TextEncoder();
  for (const block of blocks) {
    if (block.kind === "bytes") {
      bytes.set(block.bytes, addresses.get(block)! - HEADER);
    } else if (block.kind === "string") {
      const free = bytes.subarray(end - HEADER);
      put(block, encoder.encodeInto(block.text, free).written + 1);
    }
  }
  const fileEnd = end;
  for (const block of blocks) {
    if (block.kind === "space") put(block, block.size);
  }
  return { bytes, addresses, fileEnd, end };
}

/** The u64 in the row: the value itself, or where it is to be loaded from. */
function encode(arg: Operand, addresses: Addresses): number | bigint {
  if (arg instanceof Named) return arg.value;
  if (arg instanceof Ref) return rowAddress(arg.index) + ROW.result;
  if (arg instanceof Label) return placeOf(arg);
  const { block, offset } = arg instanceof Deref ? arg.addr : arg;
  const base = block.kind === "header"
    ? HEADER
    : block.kind === "row"
    ? placeOf(block.label)
    : addresses.get(block);
  if (base === undefined) {
    throw new Error(`Cannot use memory of another program: ${block.kind}`);
  }
  return base + offset;
}

/** Writes a u64, negative values as two's complement. */
function setU64(view: DataView, at: number, value: number | bigint): void {
  if (typeof value === "bigint") {
    view.setBigUint64(at, BigInt.asUintN(64, value), true);
  } else {
    view.setUint32(at, value, true); // modulo 2³²
    view.setInt32(at + 4, Math.floor(value / 2 ** 32), true);
  }
}

/** The row's target field: 0 is to fail, `next` the row behind it. */
function targetOf({ target }: Row, index: number): number {
  if (target === undefined) return 0;
  return target === "next" ? rowAddress(index + 1) : placeOf(target);
}

function placeOf({ index }: Label): number {
  if (index === undefined) throw new Error("Cannot jump to an unplaced label");
  return rowAddress(index);
}

/** The words are made when asked for: most programs run without being read. */
function rowInfo(row: Row): RowInfo {
  const { what, syscall } = row;
  return {
    get text() {
      return rowText(row);
    },
    what,
    ...(syscall && { syscall }),
  };
}
