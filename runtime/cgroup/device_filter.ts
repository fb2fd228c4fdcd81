/**
 * The device controller of cgroup v2: a policy as an eBPF program of type
 * BPF_PROG_TYPE_CGROUP_DEVICE, which the kernel asks at every mknod and open of
 * a device.
 *
 * @module
 */
import { ALL, type DevicePolicy, type DeviceRule } from "./devices.ts";

/** Values of BPF_DEVCG_DEV_* in linux/bpf.h. */
const TYPE = { b: 1, c: 2 } as const;

/** Opcodes, from linux/bpf.h and linux/bpf_common.h: class | size | source. */
const OP = {
  LOAD_WORD: 0x61, // LDX MEM W: dst = *(u32 *)(src + off)
  MOVE: 0xbf, // ALU64 MOV X: dst = src
  SET: 0xb7, // ALU64 MOV K: dst = imm
  AND: 0x57, // ALU64 AND K: dst &= imm
  SHIFT_RIGHT: 0x77, // ALU64 RSH K: dst >>= imm
  JUMP: 0x05, // JMP JA
  JUMP_EQUAL: 0x15, // JMP JEQ K
  JUMP_UNEQUAL: 0x55, // JMP JNE K
  JUMP_IF_SET: 0x45, // JMP JSET K: if dst & imm
  EXIT: 0x95,
} as const;

/** What the registers hold. */
const REGISTER = {
  RESULT: 0,
  CONTEXT: 1,
  TYPE: 2,
  ACCESS: 3,
  MAJOR: 4,
  MINOR: 5,
};

interface Instruction {
  op: number;
  dst: number;
  src?: number;
  offset?: number;
  imm?: number;
}

/**
 * Compiles a policy. The program walks the rules from the last to the first and
 * strikes out the kinds of access that an allowing rule grants; a denying rule
 * that speaks of one that is left ends it, and so does having none left.
 */
export function deviceProgram({ allow, rules }: DevicePolicy): Uint8Array {
  const { CONTEXT, TYPE, ACCESS, MAJOR, MINOR } = REGISTER;
  // struct bpf_cgroup_dev_ctx { u32 access_type; u32 major; u32 minor; }, where
  // access_type is (access << 16) | type
  return encode([
    { op: OP.LOAD_WORD, dst: TYPE, src: CONTEXT, offset: 0 },
    { op: OP.MOVE, dst: ACCESS, src: TYPE },
    { op: OP.AND, dst: TYPE, imm: 0xffff },
    { op: OP.SHIFT_RIGHT, dst: ACCESS, imm: 16 },
    { op: OP.LOAD_WORD, dst: MAJOR, src: CONTEXT, offset: 4 },
    { op: OP.LOAD_WORD, dst: MINOR, src: CONTEXT, offset: 8 },
    ...rules.toReversed().flatMap(compileRule),
    ...answer(allow),
  ]);
}

/** Ends with an answer, or goes on behind the last instruction. */
function compileRule(rule: DeviceRule): Instruction[] {
  const body = rule.allow ? grant(rule.access) : refuse(rule.access);
  const tests: [register: number, value: number][] = [
    [REGISTER.TYPE, TYPE[rule.type]],
    [REGISTER.MAJOR, rule.major],
    [REGISTER.MINOR, rule.minor],
  ];
  return tests.filter(([, value]) => value >= 0).reduceRight(
    (rest, [dst, imm]) => [
      { op: OP.JUMP_UNEQUAL, dst, imm, offset: rest.length },
      ...rest,
    ],
    body,
  );
}

function grant(access: number): Instruction[] {
  if (access === ALL) return answer(true);
  const dst = REGISTER.ACCESS;
  return [
    { op: OP.AND, dst, imm: ALL & ~access },
    { op: OP.JUMP_UNEQUAL, dst, imm: 0, offset: 2 },
    ...answer(true),
  ];
}

function refuse(access: number): Instruction[] {
  if (access === ALL) return answer(false);
  return [
    { op: OP.JUMP_IF_SET, dst: REGISTER.ACCESS, imm: access, offset: 1 },
    { op: OP.JUMP, dst: 0, offset: 2 },
    ...answer(false),
  ];
}

function answer(allow: boolean): Instruction[] {
  return [
    { op: OP.SET, dst: REGISTER.RESULT, imm: allow ? 1 : 0 },
    { op: OP.EXIT, dst: 0 },
  ];
}

function encode(program: Instruction[]): Uint8Array {
  // struct bpf_insn { u8 code; u8 dst_reg:4, src_reg:4; s16 off; s32 imm; }
  const bytes = new Uint8Array(program.length * 8);
  const view = new DataView(bytes.buffer);
  program.forEach(({ op, dst, src = 0, offset = 0, imm = 0 }, i) => {
    view.setUint8(i * 8, op);
    view.setUint8(i * 8 + 1, src << 4 | dst);
    view.setInt16(i * 8 + 2, offset, true);
    view.setInt32(i * 8 + 4, imm, true);
  });
  return bytes;
}
