/**
 * Machine code, written as an assembler lists it:
 *
 *     label:
 *       48 89 f8  mov %rdi,%rax    ; what for
 *
 * One instruction a line: its bytes, two spaces, its assembly in the spelling
 * of objdump. The bytes are what runs; tests hold the words against them.
 *
 * @module
 */

/** One instruction of a listing. */
export interface Instruction {
  /** Distance from the first instruction, in bytes. */
  offset: number;
  /** The words beside the bytes, such as `mov %rdi,%rax`. */
  assembly: string;
}

/** A listing taken apart. */
export interface Listing {
  code: Uint8Array;
  /** Offsets of the labels, in bytes. */
  labels: Map<string, number>;
  instructions: Instruction[];
}

/**
 * Takes a listing apart. Each group of hexadecimal digits is one little-endian
 * number, so both `48 89 f8` and aarch64's `d4000001` come out as in memory.
 */
export function parseListing(text: string): Listing {
  const code: number[] = [];
  const labels = new Map<string, number>();
  const instructions: Instruction[] = [];
  for (const line of text.split("\n")) {
    if (!line.startsWith("  ")) {
      const colon = line.indexOf(":");
      if (colon > 0) labels.set(line.slice(0, colon), code.length);
      continue;
    }
    const gap = line.indexOf("  ", 2);
    const [assembly = ""] = line.slice(gap).split(";");
    instructions.push({ offset: code.length, assembly: assembly.trim() });
    for (const group of line.slice(2, gap).split(" ")) {
      for (let at = group.length; at > 0; at -= 2) {
        code.push(parseInt(group.slice(at - 2, at), 16));
      }
    }
  }
  return { code: Uint8Array.from(code), labels, instructions };
}
