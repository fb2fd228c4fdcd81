/**
 * Rows in the words of strace.
 *
 * `$3` is the result of row 3, `&buf0` a buffer, `*&stack` the u64 at an
 * address. A system call whose error does not fail the program says so behind
 * `||`.
 *
 * @module
 */
import { FAIL_TARGET, FAILED_ERRNO, FAILED_ROW, STACK } from "./layout.ts";
import { Addr, Deref, Label, Named, type Op, Ref, type Row } from "./row.ts";
import type { Operand } from "./row.ts";

/** How many bytes of a buffer and words of a table are shown. */
const BYTES_SHOWN = 32, WORDS_SHOWN = 16;

const HEADER_FIELDS: Record<number, string> = {
  [FAIL_TARGET]: "&fail_target",
  [STACK]: "&stack",
  [FAILED_ROW]: "&failed_row",
  [FAILED_ERRNO]: "&failed_errno",
};

/** The row in one line, such as `mount("proc", "/proc", "proc", 0, NULL)`. */
export function rowText(row: Row): string {
  const [a = "", b = ""] = row.args.map(operandText);
  const to = row.target instanceof Label ? goTo(row.target) : "continue";
  if (row.op !== "sys") return OPS[row.op](a, b, to);
  const call = `${row.syscall}(${row.args.map(operandText).join(", ")})`;
  return row.target ? `${call} || ${to}` : call;
}

type Words = (a: string, b: string, to: string) => string;

const load = (bits: number): Words => (a) => `*(u${bits} *) ${a}`;
const store = (bits: number): Words => (a, b) => `*(u${bits} *) ${a} = ${b}`;
const binary = (sign: string): Words => (a, b) => `${a} ${sign} ${b}`;
const jumpIf = (sign: string): Words => (a, b, to) =>
  `if (${a} ${sign} ${b}) ${to}`;

const OPS: Record<Exclude<Op, "sys">, Words> = {
  load1: load(8),
  load2: load(16),
  load4: load(32),
  load8: load(64),
  store1: store(8),
  store2: store(16),
  store4: store(32),
  store8: store(64),
  add: binary("+"),
  sub: binary("-"),
  and: binary("&"),
  or: binary("|"),
  shl: binary("<<"),
  shr: binary(">>"),
  jump: (_a, _b, to) => to,
  eq: jumpIf("=="),
  ne: jumpIf("!="),
  lt: jumpIf("<"),
  ge: jumpIf(">="),
  ltu: jumpIf("<u"),
  geu: jumpIf(">=u"),
  fail: (row, error) => `fail(row ${row}, ${error})`,
};

function goTo({ index }: Label): string {
  return `goto row ${index}`;
}

function operandText(arg: Operand): string {
  if (arg instanceof Named) return arg.text ?? numberText(arg.value);
  if (arg instanceof Ref) return `$${arg.index}`;
  if (arg instanceof Label) return `row ${arg.index}`;
  if (arg instanceof Deref) return `*${operandText(arg.addr)}`;
  return addressText(arg);
}

/** Small numbers in decimal, masks and the like in hexadecimal. */
function numberText(value: number | bigint): string {
  return value > 0xffff ? `0x${value.toString(16)}` : `${value}`;
}

function addressText({ block, offset }: Addr): string {
  if (block.kind === "header") return HEADER_FIELDS[offset] ?? `&${offset}`;
  if (block.kind === "row") return `&row ${block.label.index}.target`;
  const plus = offset ? `+${offset}` : "";
  switch (block.kind) {
    case "space":
      return `&${block.name}${plus}`;
    case "string":
      return quote(block.text) + plus;
    case "bytes":
      return bytesText(block.bytes) + plus;
    case "words":
      return wordsText(block.values) + plus;
  }
}

/** A table; as an argv, if it is strings with a null pointer behind. */
function wordsText(values: (Named | Addr)[]): string {
  const last = values.at(-1);
  const isArgv = last instanceof Named && Number(last.value) === 0 &&
    values.slice(0, -1).every((value) => value instanceof Addr);
  const shown = isArgv ? values.slice(0, -1) : values;
  const words = shown.slice(0, WORDS_SHOWN).map(operandText);
  if (shown.length > WORDS_SHOWN) words.push("...");
  return `[${words.join(", ")}]`;
}

function quote(text: string): string {
  return `"${text.replace(/["\\\n\t\r]/g, (c) => ESCAPES[c]!)}"`;
}

const ESCAPES: Record<string, string> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\t": "\\t",
  "\r": "\\r",
};

/** Bytes outside ASCII in octal. */
function bytesText(bytes: Uint8Array): string {
  const shown = Array.from(
    bytes.subarray(0, BYTES_SHOWN),
    (byte) =>
      byte >= 0x20 && byte < 0x7f
        ? ESCAPES[String.fromCharCode(byte)] ?? String.fromCharCode(byte)
        : `\\${byte.toString(8)}`,
  );
  return `"${shown.join("")}"${bytes.length > BYTES_SHOWN ? "..." : ""}`;
}
