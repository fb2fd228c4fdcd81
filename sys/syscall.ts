/**
 * The one door to the kernel: every system call goes through libc's
 * `syscall(2)`, by the numbers that the init program uses too.
 *
 * One symbol instead of one per function keeps start-up short (a symbol costs
 * 80 to 200 µs when it is opened), and makes plans and calls speak one language.
 * This and `memory.ts` are the only places that see pointers and errno.
 *
 * @module
 */
import { SyscallError } from "./errors.ts";
import { ERRNO } from "./errno.ts";
import { addressOf } from "./memory.ts";
import { hostArch, type SyscallName, syscallNumber } from "./numbers.ts";

/** What a system call takes: numbers, paths, and buffers by their address. */
export type SyscallArg = number | bigint | string | Uint8Array | null;

const LONG = "i64";
const SIX_LONGS = [LONG, LONG, LONG, LONG, LONG, LONG] as const;

const libc = Deno.dlopen("libc.so.6", {
  __errno_location: { parameters: [], result: "pointer" },
  syscall: {
    parameters: [
      "i32", // long number
      ...SIX_LONGS,
    ],
    result: "i64", // addresses and places in files are more than an int
  },
  /** The same call on another thread; errno stays there, so -1 says no more. */
  syscallElsewhere: {
    name: "syscall",
    parameters: ["i32", ...SIX_LONGS],
    result: "i32",
    nonblocking: true,
  },
}).symbols;

const arch = hostArch();
const encoder = new TextEncoder();

/** Strings of one call are written here; its address is taken once. */
const arena = new Uint8Array(32 * 1024);
const arenaAddress = addressOf(arena);
let used = 0;

/**
 * Calls the kernel and returns its result, or minus the errno: nothing is
 * thrown, so that an expected failure costs no exception.
 */
export function trySyscall(
  name: SyscallName,
  a?: SyscallArg,
  b?: SyscallArg,
  c?: SyscallArg,
  d?: SyscallArg,
  e?: SyscallArg,
  f?: SyscallArg,
): number {
  used = 0;
  const result = Number(libc.syscall(
    syscallNumber(name, arch),
    toLong(a),
    toLong(b),
    toLong(c),
    toLong(d),
    toLong(e),
    toLong(f),
  ));
  if (result !== -1) return result;
  return -new Deno.UnsafePointerView(libc.__errno_location()!).getInt32();
}

/** An argument as the kernel takes it. */
function toLong(arg: SyscallArg | undefined): bigint {
  if (typeof arg === "number" || typeof arg === "bigint") return long(arg);
  if (arg === undefined || arg === null) return long(0);
  if (typeof arg !== "string") return addressOf(arg);
  if (arg.includes("\0")) return long(-1); // EFAULT: no path holds a NUL
  const start = used;
  const { read, written } = encoder.encodeInto(arg, arena.subarray(start));
  if (read < arg.length || start + written >= arena.length) return long(-1);
  used = start + written + 1;
  arena[used - 1] = 0;
  return arenaAddress + BigInt(start);
}

/**
 * Calls the kernel, again when a signal interrupts it.
 *
 * @throws {SyscallError} naming the first string among the arguments
 */
export function syscall(name: SyscallName, ...args: SyscallArg[]): number {
  for (;;) {
    const result = trySyscall(name, ...args);
    if (result >= 0) return result;
    if (result === -ERRNO.EINTR!) continue;
    const subject = args.find((arg) => typeof arg === "string");
    throw new SyscallError(name, String(subject ?? ""), -result);
  }
}

/**
 * Calls the kernel on another thread, for calls that block. A failure is -1;
 * which errno it was stays on that thread.
 */
export function syscallElsewhere(
  name: SyscallName,
  ...args: (number | bigint)[]
): Promise<number> {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = args;
  return libc.syscallElsewhere(
    syscallNumber(name, arch),
    long(a),
    long(b),
    long(c),
    long(d),
    long(e),
    long(f),
  );
}

/**
 * A `long` as the FFI takes it: numbers too, and faster than bigints, whatever
 * its types say.
 */
function long(value: number | bigint): bigint {
  return value as bigint;
}

/**
 * Anonymous memory, as mmap(2) with MAP_PRIVATE|MAP_ANONYMOUS.
 *
 * @throws {SyscallError} when the kernel has none to give
 */
export function mapMemory(length: number, prot: number): bigint {
  const MAP_PRIVATE_ANONYMOUS = 0x22;
  return BigInt(
    syscall("mmap", 0, length, prot, MAP_PRIVATE_ANONYMOUS, -1, 0),
  );
}

/**
 * Changes what may be done with mapped memory, as mprotect(2).
 *
 * @throws {SyscallError}
 */
export function protectMemory(
  address: bigint,
  length: number,
  prot: number,
): void {
  syscall("mprotect", address, length, prot);
}

/** Machine code as `long f(long, long, long)`. */
export function codeAt(
  address: bigint,
): (a: bigint, b: number, c: bigint) => number {
  const pointer = Deno.UnsafePointer.create(address)!;
  const code = new Deno.UnsafeFnPointer(
    pointer as Deno.PointerObject<never>,
    { parameters: [LONG, LONG, LONG], result: "i32" } as const,
  );
  return (a, b, c) => code.call(a, BigInt(b), c);
}
