/**
 * What a row of the init program is, before addresses are known.
 *
 * @module
 */
import type { SyscallName } from "../../sys/numbers.ts";

/** Bytes moved by a load or store. */
export type Width = 1 | 2 | 4 | 8;

/** When a jump is taken: signed `lt` and `ge`, unsigned `ltu` and `geu`. */
export type Condition = "eq" | "ne" | "lt" | "ge" | "ltu" | "geu";

/** What a row does: the name of its handler in the interpreters' listings. */
export type Op =
  | "sys"
  | `load${Width}`
  | `store${Width}`
  | "add"
  | "sub"
  | "and"
  | "or"
  | "shl"
  | "shr"
  | "jump"
  | Condition
  | "fail";

/** The result of row `index`, read when the row that names it runs. */
export class Ref {
  /** The result of the row at `index`. */
  constructor(readonly index: number) {}
}

/** An immediate, with the words a reader of strace knows it by. */
export class Named {
  /** An integer, and its words. */
  constructor(readonly value: number | bigint, readonly text?: string) {}
}

/** A place in the list of rows. */
export class Label {
  /** The row it stands before, once placed. */
  index: number | undefined;
}

/** A piece of memory the linker places. */
export type Placed =
  | { kind: "string"; text: string; align: 1 }
  | { kind: "bytes"; bytes: Uint8Array; align: number }
  | { kind: "words"; values: (Named | Addr)[]; align: number }
  | { kind: "space"; size: number; align: number; name: string };

/** A piece of memory. The header has a fixed place, rows follow it. */
export type Block = { kind: "header" } | { kind: "row"; label: Label } | Placed;

/** An address: `offset` bytes into a block. */
export class Addr {
  /** The address `offset` bytes into `block`. */
  constructor(readonly block: Block, readonly offset = 0) {}

  /** The address `n` bytes further on. */
  plus(n: number): Addr {
    return new Addr(this.block, this.offset + n);
  }
}

/** The u64 stored at `addr`, loaded when the row runs. */
export class Deref {
  /** The u64 at `addr`. */
  constructor(readonly addr: Addr) {}
}

/** An argument in the form the linker takes it. */
export type Operand = Named | Ref | Addr | Deref | Label;

/** One row. */
export interface Row {
  op: Op;
  args: Operand[];
  /** Set on `sys` rows. */
  syscall?: SyscallName;
  /** Where a jump goes, or a system call's error; `fail` if absent. */
  target?: Label | "next";
  /** What the row is for, in the words of whoever asked for it. */
  what?: string;
}
