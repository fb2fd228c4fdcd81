/**
 * What tests of filters ask: what a program answers to a call, as the kernel
 * would run it, and what libseccomp makes of the same profile.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Seccomp, SeccompComparison, SeccompRule } from "../spec.ts";
import { uint64 } from "../spec/tables.ts";
import { ACTIONS, actionValue } from "./actions.ts";
import type { TABLES } from "./tables.ts";

/** A column of the tables of numbers. */
export type Name = keyof typeof TABLES;

/** AUDIT_ARCH_… of linux/audit.h, as a filter sees it. */
export const AUDIT: Readonly<Record<Name, number>> = {
  SCMP_ARCH_X86_64: 0xc000003e,
  SCMP_ARCH_X32: 0xc000003e,
  SCMP_ARCH_X86: 0x40000003,
  SCMP_ARCH_AARCH64: 0xc00000b7,
  SCMP_ARCH_ARM: 0x40000028,
};

/** The architectures of an x86_64 kernel. */
export const INTEL: Name[] = [
  "SCMP_ARCH_X86_64",
  "SCMP_ARCH_X86",
  "SCMP_ARCH_X32",
];

/** What filters answer. */
export const ANSWER = {
  KILL: 0,
  EPERM: 0x50001,
  ENOSYS: 0x50026,
  ALLOW: ACTIONS.SCMP_ACT_ALLOW,
} as const;

/** A profile that allows what its rules say. */
export function allowing(
  syscalls: Partial<SeccompRule>[],
  rest: Partial<Seccomp> = {},
): Seccomp {
  return {
    defaultAction: "SCMP_ACT_ERRNO",
    syscalls: syscalls.map((rule) => ({
      names: [],
      action: "SCMP_ACT_ALLOW",
      ...rule,
    })),
    ...rest,
  };
}

/** A system call as a filter sees it: struct seccomp_data. */
export interface Call {
  number: number;
  audit: number;
  args?: readonly bigint[];
}

/** Runs a program of classic BPF over a call and returns its answer. */
export function simulate(program: Uint8Array, call: Call): number {
  const code = new DataView(program.buffer, program.byteOffset);
  // struct seccomp_data { int nr; u32 arch; u64 instruction_pointer, args[6]; }
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, call.number, true);
  data.setUint32(4, call.audit, true);
  (call.args ?? []).forEach((value, index) =>
    data.setBigUint64(16 + 8 * index, value, true)
  );
  let accumulator = 0;
  for (let at = 0; at < program.length; at += 8) {
    const [yes, no] = [code.getUint8(at + 2), code.getUint8(at + 3)];
    const operand = code.getUint32(at + 4, true);
    const jump = (condition: boolean) => at += 8 * (condition ? yes : no);
    const op = code.getUint16(at, true);
    switch (op) {
      case 0x20: // LD W ABS
        accumulator = data.getUint32(operand, true);
        break;
      case 0x54: // AND K
        accumulator = (accumulator & operand) >>> 0;
        break;
      case 0x05: // JA
        at += 8 * operand;
        break;
      case 0x15: // JEQ K
        jump(accumulator === operand);
        break;
      case 0x25: // JGT K
        jump(accumulator > operand);
        break;
      case 0x35: // JGE K
        jump(accumulator >= operand);
        break;
      case 0x45: // JSET K
        jump((accumulator & operand) !== 0);
        break;
      case 0x06: // RET K
        return operand;
      default:
        assert.fail(`instruction ${at / 8} has the unknown opcode ${op}`);
    }
  }
  assert.fail("the program runs past its end");
}

const SYMBOLS = {
  seccomp_init: { parameters: ["u32"], result: "pointer" },
  seccomp_release: { parameters: ["pointer"], result: "void" },
  seccomp_arch_add: { parameters: ["pointer", "u32"], result: "i32" },
  seccomp_arch_resolve_name: { parameters: ["buffer"], result: "u32" },
  seccomp_syscall_resolve_name: { parameters: ["buffer"], result: "i32" },
  seccomp_syscall_resolve_name_arch: {
    parameters: ["u32", "buffer"],
    result: "i32",
  },
  seccomp_rule_add_array: {
    parameters: [
      "pointer", // scmp_filter_ctx ctx
      "u32", // uint32_t action
      "i32", // int syscall
      "u32", // unsigned int arg_cnt
      "buffer", // const struct scmp_arg_cmp *arg_array
    ],
    result: "i32",
  },
  seccomp_export_bpf: { parameters: ["pointer", "i32"], result: "i32" },
} as const;

/** enum scmp_compare of seccomp.h. */
const OPERATORS = [
  "",
  "SCMP_CMP_NE",
  "SCMP_CMP_LT",
  "SCMP_CMP_LE",
  "SCMP_CMP_EQ",
  "SCMP_CMP_GE",
  "SCMP_CMP_GT",
  "SCMP_CMP_MASKED_EQ",
];

/** libseccomp, as runc calls it. */
export class Libseccomp implements Disposable {
  readonly #library = Deno.dlopen("libseccomp.so.2", SYMBOLS);

  /**
   * The number of a call, negative where the architecture does not have it;
   * undefined where the library does not know the name.
   */
  numberOf(name: string, architecture: string): number | undefined {
    const { symbols } = this.#library;
    const token = symbols.seccomp_arch_resolve_name(cstr(short(architecture)));
    const number = symbols.seccomp_syscall_resolve_name_arch(token, cstr(name));
    return number === -1 ? undefined : number;
  }

  /**
   * The program it makes of a profile, without what runc puts in front of it;
   * undefined where it refuses a rule, since it contradicts another.
   */
  compile(profile: Seccomp): Uint8Array | undefined {
    const { symbols } = this.#library;
    const otherwise = actionValue(
      profile.defaultAction,
      profile.defaultErrnoRet,
    );
    const filter = symbols.seccomp_init(otherwise);
    assert.notEqual(filter, null);
    try {
      for (const name of profile.architectures ?? []) {
        const token = symbols.seccomp_arch_resolve_name(cstr(short(name)));
        const result = symbols.seccomp_arch_add(filter, token);
        assert.ok(result === 0 || result === -17, `${name}: ${result}`);
      }
      for (const rule of profile.syscalls ?? []) {
        const action = actionValue(rule.action, rule.errnoRet);
        if (action === otherwise) continue;
        const indexes = new Set(rule.args?.map(({ index }) => index));
        const args = rule.args ?? [];
        const rules = indexes.size < args.length
          ? args.map((one) => [one])
          : [args];
        for (const name of rule.names) {
          const number = symbols.seccomp_syscall_resolve_name(cstr(name));
          if (number === -1) continue;
          for (const list of rules) {
            const result = symbols.seccomp_rule_add_array(
              filter,
              action,
              number,
              list.length,
              comparisons(list),
            );
            if (result === -17) return undefined; // EEXIST
            assert.equal(result, 0, `${name}: ${JSON.stringify(list)}`);
          }
        }
      }
      return this.#export(filter);
    } finally {
      symbols.seccomp_release(filter);
    }
  }

  #export(filter: Deno.PointerValue): Uint8Array {
    const path = Deno.makeTempFileSync();
    try {
      // There is no number to a Deno.FsFile: a descriptor of libc's own.
      const libc = Deno.dlopen("libc.so.6", {
        open: { parameters: ["buffer", "i32"], result: "i32" },
        close: { parameters: ["i32"], result: "i32" },
      });
      const O_WRONLY = 1;
      const fd = libc.symbols.open(cstr(path), O_WRONLY);
      const result = this.#library.symbols.seccomp_export_bpf(filter, fd);
      libc.symbols.close(fd);
      libc.close();
      assert.equal(result, 0);
      return Deno.readFileSync(path);
    } finally {
      Deno.removeSync(path);
    }
  }

  [Symbol.dispose](): void {
    this.#library.close();
  }
}

/** struct scmp_arg_cmp { unsigned arg; enum op; u64 datum_a, datum_b; } */
function comparisons(
  args: readonly SeccompComparison[],
): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(24 * Math.max(args.length, 1)));
  args.forEach(({ index, op, value, valueTwo }, at) => {
    view.setUint32(24 * at, index, true);
    view.setUint32(24 * at + 4, OPERATORS.indexOf(op), true);
    view.setBigUint64(24 * at + 8, uint64(value), true);
    view.setBigUint64(24 * at + 16, uint64(valueTwo ?? 0), true);
  });
  return new Uint8Array(view.buffer);
}

function short(architecture: string): string {
  return architecture.replace("SCMP_ARCH_", "").toLowerCase();
}

function cstr(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text + "\0");
}
