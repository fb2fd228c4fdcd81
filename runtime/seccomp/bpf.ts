/**
 * Classic BPF, as far as seccomp(2) runs it: a program is written from its end
 * to its beginning, so that what an instruction jumps to is there already.
 *
 * @module
 */

/** Opcodes, from linux/bpf_common.h: class | size or operation | source. */
export const OP = {
  /** LD W ABS: A = the u32 at offset K of struct seccomp_data. */
  LOAD: 0x20,
  /** ALU AND K: A = A & K. */
  AND: 0x54,
  /** JMP JA: over K instructions. */
  JUMP: 0x05,
  /** JMP JEQ K: whether A == K. */
  IF_EQUAL: 0x15,
  /** JMP JGT K: whether A > K, without signs. */
  IF_GREATER: 0x25,
  /** JMP JGE K: whether A >= K, without signs. */
  IF_AT_LEAST: 0x35,
  /** RET K. */
  RETURN: 0x06,
} as const;

/** Offsets in struct seccomp_data of linux/seccomp.h. */
export const DATA = { NUMBER: 0, ARCH: 4, ARGS: 16 } as const;

/** The most instructions of a program, from linux/filter.h. */
export const MOST_INSTRUCTIONS = 4096;

/** An instruction: how many stand behind it. */
export type Place = number;

/** How far a conditional jump goes; the kernel keeps the distance in a byte. */
const FARTHEST = 255;

/** A program that grows at its front. */
export class Assembler {
  /** Instructions from the last to the first: opcode and both jumps, and K. */
  readonly #heads: number[] = [];
  readonly #operands: number[] = [];
  readonly #returns = new Map<number, Place>();

  /** How many instructions there are. */
  get length(): number {
    return this.#heads.length;
  }

  /** `return value`; one that is near enough serves again. */
  return(value: number): Place {
    const known = this.#returns.get(value);
    if (known !== undefined && this.#isNear(known)) return known;
    const place = this.#emit(OP.RETURN, value);
    this.#returns.set(value, place);
    return place;
  }

  /** Loads a word of the call's data, then goes on at `next`. */
  load(offset: number, next: Place): Place {
    this.#lead(next);
    return this.#emit(OP.LOAD, offset);
  }

  /** Takes bits out of the accumulator, then goes on at `next`. */
  and(mask: number, next: Place): Place {
    this.#lead(next);
    return this.#emit(OP.AND, mask);
  }

  /** Compares the accumulator with `value` and goes on at one of two places. */
  branch(
    op: typeof OP.IF_EQUAL | typeof OP.IF_GREATER | typeof OP.IF_AT_LEAST,
    value: number,
    yes: Place,
    no: Place,
  ): Place {
    if (yes === no) return yes;
    const far = this.#isNear(yes) ? yes : this.#bridge(yes);
    const near = this.#isNear(no) ? no : this.#bridge(no);
    const place = this.length;
    const jumps = (place - far - 1) | (place - near - 1) << 8;
    return this.#emit(op, value, jumps);
  }

  /** The program as an array of struct sock_filter. */
  assemble(): Uint8Array {
    // struct sock_filter { u16 code; u8 jt, jf; u32 k; }
    const words = new Uint32Array(2 * this.length);
    for (let place = 0; place < this.length; place++) {
      const at = 2 * (this.length - 1 - place);
      words[at] = this.#heads[place]!;
      words[at + 1] = this.#operands[place]!;
    }
    return new Uint8Array(words.buffer);
  }

  #emit(op: number, operand: number, jumps = 0): Place {
    this.#heads.push(op | jumps << 16);
    this.#operands.push(operand);
    return this.length - 1;
  }

  /** Whether a branch can go there, even with two bridges in between. */
  #isNear(place: Place): boolean {
    return this.length - place - 1 <= FARTHEST - 2;
  }

  /** Lets the next instruction be followed by the one at `place`. */
  #lead(place: Place): void {
    if (place !== this.length - 1) this.#bridge(place);
  }

  /** An instruction that does what the one at `place` does. */
  #bridge(place: Place): Place {
    if (this.#heads[place] === OP.RETURN) {
      return this.#emit(OP.RETURN, this.#operands[place]!);
    }
    return this.#emit(OP.JUMP, this.length - place - 1);
  }
}
