/**
 * The system calls of each architecture whose programs run here.
 *
 * @module
 */
import { AARCH64 } from "./tables/aarch64.ts";
import { ARM } from "./tables/arm.ts";
import { NOT_OF_X32, OF_X32 } from "./tables/x32.ts";
import { X86 } from "./tables/x86.ts";
import { X86_64 } from "./tables/x86_64.ts";

/** A system call: what it is called and its number. */
export type Call = readonly [name: string, number: number];

/** What marks the numbers of x32 among those of x86_64, from asm/unistd.h. */
export const X32_BIT = 0x4000_0000;

/** System calls by number, the least first. */
export type Table = () => Call[];

/** Tables by the name an architecture has in config.json. */
export const TABLES = {
  SCMP_ARCH_X86_64: () => read(X86_64),
  SCMP_ARCH_X86: () => read(X86),
  SCMP_ARCH_X32: x32,
  SCMP_ARCH_AARCH64: () => read(AARCH64),
  SCMP_ARCH_ARM: () => read(ARM),
} satisfies Record<string, Table>;

/** Names in the order of their numbers; a number is that of the name behind. */
function read(text: string): Call[] {
  const calls: Call[] = [];
  let number = 0;
  for (const word of text.trim().split(/\s+/)) {
    if (word.charCodeAt(0) <= 0x39) number = Number(word);
    else calls.push([word, number++]);
  }
  return calls;
}

function x32(): Call[] {
  const missing = new Set(NOT_OF_X32.trim().split(/\s+/));
  return [
    ...read(X86_64).filter(([name]) => !missing.has(name)),
    ...read(OF_X32),
  ]
    // Calls that came later have numbers above the first of its own.
    .sort(([, a], [, b]) => a - b)
    .map(([name, number]) => [name, X32_BIT | number]);
}
