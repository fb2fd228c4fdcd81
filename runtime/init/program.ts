/**
 * The init program, written row by row: what happens between clone and exec.
 *
 * A row is a system call, a load, a store, a sum or a jump. Rows run in order;
 * each has one result, which later rows may use as an argument. A system call
 * that returns an error fails the program unless told otherwise: which row and
 * which errno is written to {@linkcode Program.failedRow}, and the program goes
 * on where {@linkcode Program.onFail} said, or exits with 1. So does a program
 * that runs past its last row.
 *
 * @example Say hello
 * ```ts
 * const program = new Program();
 * program.sys("write", [1, "hello\n", 6], { what: "greet" });
 * program.sys("exit_group", [0]);
 * const { elf } = program.link(hostArch());
 * ```
 *
 * @module
 */
import type { Arch, SyscallName } from "../../sys/numbers.ts";
import { FAIL_TARGET, FAILED_ERRNO, FAILED_ROW, ROW, STACK } from "./layout.ts";
import { link, type Linked } from "./link.ts";
import {
  Addr,
  type Condition,
  Deref,
  Label,
  Named,
  type Op,
  type Operand,
  type Placed,
  Ref,
  type Row,
  type Width,
} from "./row.ts";

export { Addr, type Arch, type Condition, Deref, Label, Named, Ref };
export type { Linked, SyscallName, Width };
export type { RowInfo } from "./link.ts";
export type { Block, Placed } from "./row.ts";

/**
 * An argument of a row. A number or bigint is itself (negative ones as two's
 * complement), a string the address of a NUL-terminated copy, a Uint8Array the
 * address of a copy that may be written to.
 */
export type Arg =
  | number
  | bigint
  | string
  | Uint8Array
  | Ref
  | Addr
  | Named
  | Deref;

/** The immediate `value`, shown as `text`, such as `MS_RDONLY|MS_NOSUID`. */
export function named(value: number | bigint, text: string): Named {
  return new Named(integer(value), text);
}

/** The u64 stored at `addr`, loaded when the row runs. */
export function deref(addr: Addr): Deref {
  return new Deref(addr);
}

/** The null pointer. */
export const NULL: Named = named(0, "NULL");

/** What becomes of a system call besides its result. */
export interface SysOptions {
  /** What the call is for: the start of the message if it fails. */
  what?: string;
  /**
   * What an error does: fail the program, nothing, or jump. The row's result
   * is the negative errno in any case. By default `fail`.
   */
  onError?: "fail" | "ignore" | Label;
}

/** Rows that may be run from several places, one at a time. */
export interface Subroutine {
  /** To be placed where it begins. */
  entry: Label;
  /** Its last row; placed by {@linkcode Program.comeBack}. */
  exit: Label;
}

const HEADER: Addr = new Addr({ kind: "header" });

/** A list of rows, and the memory they use. */
export class Program {
  /** u32: the index of the row that failed last. */
  readonly failedRow: Addr = HEADER.plus(FAILED_ROW);
  /** u32: its errno, positive. Adjacent, so 8 bytes are the whole report. */
  readonly failedErrno: Addr = HEADER.plus(FAILED_ERRNO);
  /** u64: the initial stack pointer; argc is at it, argv behind. */
  readonly stack: Addr = HEADER.plus(STACK);

  readonly #rows: Row[] = [];
  readonly #blocks: Placed[] = [];
  readonly #strings = new Map<string, Addr>();
  #spaces = 0;

  /** A system call. */
  sys(name: SyscallName, args: Arg[], options: SysOptions = {}): Ref {
    if (args.length > 6) {
      throw new RangeError(
        `Cannot call ${name} with ${args.length} arguments: 6 are the most`,
      );
    }
    const { what, onError = "fail" } = options;
    return this.#add("sys", args, {
      syscall: name,
      ...(onError !== "fail" && {
        target: onError === "ignore" ? "next" : onError,
      }),
      ...(what !== undefined && { what }),
    });
  }

  /** The `width` bytes at `address`, zero-extended. */
  load(width: Width, address: Arg): Ref {
    return this.#add(`load${width}`, [address]);
  }

  /** Writes the low `width` bytes of `value` to `address`. */
  store(width: Width, address: Arg, value: Arg): void {
    this.#add(`store${width}`, [address, value]);
  }

  /** `a + b`, modulo 2⁶⁴. */
  add(a: Arg, b: Arg): Ref {
    return this.#add("add", [a, b]);
  }

  /** `a - b`, modulo 2⁶⁴. */
  sub(a: Arg, b: Arg): Ref {
    return this.#add("sub", [a, b]);
  }

  /** `a & b`. */
  and(a: Arg, b: Arg): Ref {
    return this.#add("and", [a, b]);
  }

  /** `a | b`. */
  or(a: Arg, b: Arg): Ref {
    return this.#add("or", [a, b]);
  }

  /** `a << b`, for b below 64. */
  shl(a: Arg, b: Arg): Ref {
    return this.#add("shl", [a, b]);
  }

  /** `a >> b`, shifting zeros in, for b below 64. */
  shr(a: Arg, b: Arg): Ref {
    return this.#add("shr", [a, b]);
  }

  /** Goes on at `to`. */
  jump(to: Label): void {
    this.#add("jump", [], { target: to });
  }

  /** Goes on at `to` if `a cond b`. */
  jumpIf(a: Arg, cond: Condition, b: Arg, to: Label): void {
    this.#add(cond, [a, b], { target: to });
  }

  /** Fails as if `row`, whose result is a negative errno, had failed here. */
  fail(row: Ref, what?: string): void {
    this.#add("fail", [row.index, row], {
      ...(what !== undefined && { what }),
    });
  }

  /** Fails with `errno` (positive); the row reported is this one. */
  failWith(errno: number, what: string): void {
    this.#add("fail", [this.#rows.length, -errno], { what });
  }

  /** Writes the index of this row itself: who is at it, and what for. */
  mark(address: Addr, what: string): void {
    const index = this.#operand(this.#rows.length);
    this.#rows.push({ op: "store4", args: [address, index], what });
  }

  /** Rows that are run by {@linkcode call} and end with {@linkcode comeBack}. */
  subroutine(): Subroutine {
    return { entry: this.label(), exit: this.label() };
  }

  /** Runs a subroutine, then goes on with the next row. */
  call({ entry, exit }: Subroutine): void {
    const back = this.label();
    const target = new Addr({ kind: "row", label: exit }, ROW.target);
    this.#rows.push({ op: "store4", args: [target, back] });
    this.jump(entry);
    this.place(back);
  }

  /** The end of a subroutine: goes on behind the row that called it. */
  comeBack({ exit }: Subroutine): void {
    this.place(exit);
    this.jump(exit); // its target is written by the caller
  }

  /** A label, to be placed before or after its use. */
  label(): Label {
    return new Label();
  }

  /** Lets `label` mean the next row. */
  place(label: Label): void {
    if (label.index !== undefined) {
      throw new Error(`Cannot place a label twice: it is at ${label.index}`);
    }
    label.index = this.#rows.length;
  }

  /** From here on, a failure goes on at `to`. Children that share memory share this. */
  onFail(to: Label): void {
    this.#rows.push({
      op: "store8",
      args: [HEADER.plus(FAIL_TARGET), to],
    });
  }

  /** Memory of `size` zero bytes. */
  space(size: number, align = 8): Addr {
    const name = `buf${this.#spaces++}`;
    return this.#block({ kind: "space", size, align, name });
  }

  /** A copy of `data` of its own, which may be written to. */
  bytes(data: Uint8Array, align = 8): Addr {
    return this.#block({ kind: "bytes", bytes: data.slice(), align });
  }

  /** A NUL-terminated copy of `text`, shared with every equal string. */
  string(text: string): Addr {
    const known = this.#strings.get(text);
    if (known) return known;
    if (text.includes("\0")) {
      throw new TypeError(
        `Cannot pass ${JSON.stringify(text)} to the kernel: ` +
          "its strings end at the first NUL",
      );
    }
    const addr = this.#block({ kind: "string", text, align: 1 });
    this.#strings.set(text, addr);
    return addr;
  }

  /** A table of u64: argv (end it with 0), iovec, … */
  words(values: (number | bigint | string | Addr | Named)[]): Addr {
    const words = values.map((value) => this.#operand(value) as Named | Addr);
    return this.#block({ kind: "words", values: words, align: 8 });
  }

  /**
   * The executable for `arch`.
   *
   * @throws {Error} if a label was used and never placed.
   */
  link(arch: Arch): Linked {
    return link(this.#rows, this.#blocks, arch);
  }

  #add(op: Op, args: Arg[], rest: Partial<Row> = {}): Ref {
    const operands = args.map((arg) => this.#operand(arg));
    const ref = new Ref(this.#rows.length);
    this.#rows.push({ op, args: operands, ...rest });
    return ref;
  }

  #block(block: Placed): Addr {
    this.#blocks.push(block);
    return new Addr(block);
  }

  #operand(arg: Arg): Operand {
    if (typeof arg === "string") return this.string(arg);
    if (arg instanceof Uint8Array) return this.bytes(arg);
    if (typeof arg === "number" || typeof arg === "bigint") {
      return new Named(integer(arg));
    }
    return arg;
  }
}

function integer(value: number | bigint): number | bigint {
  if (typeof value === "bigint" || Number.isSafeInteger(value)) return value;
  throw new RangeError(`Cannot pass ${value} to the kernel: it is no integer`);
}
