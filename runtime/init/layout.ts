/**
 * Where things are in the init program's memory. The interpreters have these
 * addresses in their instructions.
 *
 *     0x400000  ELF headers           one page, read and execute
 *     0x400100  the interpreter
 *     0x410400  header                read and write, private to the process
 *     0x410440  rows, 64 bytes each
 *     …         strings, tables, buffers
 *
 * 64 KiB lie between the two because aarch64 kernels may have pages that large;
 * 0x400 is the data's offset in the file, which must agree with its address
 * modulo the page size. A short program then fits one page of file and two
 * pages of memory.
 *
 * @module
 */

/** Start of the segment that holds the ELF headers and the interpreter. */
export const TEXT = 0x400000;

/** The interpreter. */
export const CODE = TEXT + 0x100;

/** Offset of the data segment in the file. */
export const DATA_OFFSET = 0x400;

/**
 * The header:
 *
 *     u64 fail_target   the row a failure continues at
 *     u64 stack         the initial stack pointer: argc, argv, environment
 *     u32 failed_row    of the latest failure: which row,
 *     u32 failed_errno  and why
 */
export const HEADER = TEXT + 0x10000 + DATA_OFFSET;
/** Offsets of the header's fields. */
export const FAIL_TARGET = 0, STACK = 8, FAILED_ROW = 16, FAILED_ERRNO = 20;

/**
 * The rows:
 *
 *     u8  op         the handler's distance from the first one, in units of 4
 *     u8  indirect   bit i: args[i] is the address of the u64 meant
 *     u16 number     of the system call
 *     u32 target     address of the row to jump to; 0: fail
 *     u64 args[6]
 *     u64 result
 */
export const ROWS = HEADER + 64;
/** Bytes in a row. */
export const ROW_SIZE = 64;
/** Offsets of a row's fields. */
export const ROW = {
  op: 0,
  indirect: 1,
  number: 2,
  target: 4,
  args: 8,
  result: 56,
} as const;

/** The address of row `index`. */
export function rowAddress(index: number): number {
  return ROWS + index * ROW_SIZE;
}
