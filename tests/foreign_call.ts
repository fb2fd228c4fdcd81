/**
 * Programs that ask for their pid by another door of an x86_64 kernel.
 *
 * @module
 */
import { elfFile, EM } from "../runtime/init/elf.ts";
import { CODE, DATA_OFFSET, HEADER, TEXT } from "../runtime/init/layout.ts";

/** How a 64-bit program gets into the kernel, and getpid's number there. */
const DOORS = {
  // mov eax, 0x40000000 | 39; syscall
  x32: [0xb8, 0x27, 0, 0, 0x40, 0x0f, 0x05],
  // mov eax, 20; int 0x80
  i386: [0xb8, 0x14, 0, 0, 0, 0xcd, 0x80],
} as const;

/** A door by name. */
export type Door = keyof typeof DOORS;

/** An executable that exits with the errno it got, or minus its pid. */
export function asksByDoor(door: Door): Uint8Array {
  const exit = [
    ...[0xf7, 0xd8], // neg eax
    ...[0x89, 0xc7], // mov edi, eax
    ...[0xb8, 0x3c, 0, 0, 0], // mov eax, 60: exit
    ...[0x0f, 0x05], // syscall
  ];
  return elfFile({
    machine: EM.x86_64,
    entry: CODE,
    text: {
      address: TEXT,
      offset: CODE - TEXT,
      code: Uint8Array.from([...DOORS[door], ...exit]),
    },
    data: {
      address: HEADER,
      offset: DATA_OFFSET,
      bytes: new Uint8Array(8),
      memorySize: 8,
    },
  });
}
