import assert from "node:assert/strict";
import { ACCESS, DEFAULT_DEVICES, parseDevices } from "./devices.ts";
import { deviceProgram } from "./device_filter.ts";
import type { LinuxDeviceCgroup } from "./resources.ts";

const DENY_ALL = { allow: false, access: "rwm" };
const NULL = { type: "c", major: 1, minor: 3 };

/** Runs a program as the kernel would for `type major:minor access`. */
function decide(program: Uint8Array, request: string): boolean {
  const [, type, major, minor, access] = /(.) (\d+):(\d+) (\w+)/.exec(request)!;
  const bits = [...access!].reduce((n, l) => n | ACCESS[l as "r"], 0);
  return run(program, [
    bits << 16 | (type === "b" ? 1 : 2),
    +major!,
    +minor!,
  ]) === 1;
}

/** An eBPF machine for the instructions in use; r1 points to `context`. */
function run(program: Uint8Array, context: number[]): number {
  const view = new DataView(program.buffer);
  const r = new Array<number | undefined>(11).fill(undefined);
  const get = (register: number) => {
    assert.notEqual(r[register], undefined, `r${register} is read unset`);
    return r[register]!;
  };
  for (let pc = 0, steps = 0;; pc++, steps++) {
    assert.ok(pc >= 0 && pc * 8 < program.length, `jump to ${pc}`);
    assert.ok(steps < 10_000, "endless");
    const op = view.getUint8(pc * 8);
    const dst = view.getUint8(pc * 8 + 1) & 15;
    const src = view.getUint8(pc * 8 + 1) >> 4;
    const offset = view.getInt16(pc * 8 + 2, true);
    const imm = view.getInt32(pc * 8 + 4, true);
    switch (op) {
      case 0x61:
        assert.equal(src, 1);
        r[dst] = context[offset / 4]!;
        break;
      case 0xbf:
        r[dst] = get(src);
        break;
      case 0xb7:
        r[dst] = imm;
        break;
      case 0x57:
        r[dst] = get(dst) & imm;
        break;
      case 0x77:
        r[dst] = get(dst) >>> imm;
        break;
      case 0x05:
        pc += offset;
        break;
      case 0x15:
        if (get(dst) === imm) pc += offset;
        break;
      case 0x55:
        if (get(dst) !== imm) pc += offset;
        break;
      case 0x45:
        if (get(dst) & imm) pc += offset;
        break;
      case 0x95:
        return get(0);
      default:
        assert.fail(`opcode 0x${op.toString(16)}`);
    }
  }
}

function check(list: LinuxDeviceCgroup[], answers: Record<string, boolean>) {
  const program = deviceProgram(parseDevices(list));
  for (const [request, answer] of Object.entries(answers)) {
    assert.equal(decide(program, request), answer, request);
  }
}

Deno.test("an empty policy is six loads and an answer", () => {
  assert.equal(
    deviceProgram({ allow: false, rules: [] }).toHex(),
    "6112000000000000" + // r2 = *(u32 *)(r1 + 0)
      "bf23000000000000" + // r3 = r2
      "57020000ffff0000" + // r2 &= 0xffff
      "7703000010000000" + // r3 >>= 16
      "6114040000000000" + // r4 = *(u32 *)(r1 + 4)
      "6115080000000000" + // r5 = *(u32 *)(r1 + 8)
      "b700000000000000" + // r0 = 0
      "9500000000000000", // exit
  );
});

Deno.test("the default devices can be used and others only be made", () => {
  check([DENY_ALL, ...DEFAULT_DEVICES], {
    "c 1:3 rw": true,
    "c 1:9 r": true,
    "c 5:2 rwm": true,
    "c 136:7 rw": true,
    "c 1:1 r": false,
    "c 1:1 m": true,
    "b 8:0 m": true,
    "b 8:0 r": false,
    "b 1:3 r": false,
    "c 137:0 w": false,
  });
});

Deno.test("what no rule speaks of is denied, or allowed after a rule that allows everything", () => {
  check([], { "c 1:3 r": false });
  check([{ allow: true }], { "c 1:3 rwm": true, "b 8:0 rwm": true });
});

Deno.test("the last rule that speaks of an access decides", () => {
  const all = { allow: true, type: "c", access: "rwm" };
  check([all, { ...NULL, allow: false, access: "rwm" }], {
    "c 1:3 r": false,
    "c 1:5 r": true,
  });
  check([{ ...NULL, allow: false, access: "w" }, all], { "c 1:3 w": true });
  check([{ allow: true }, { ...NULL, allow: false, access: "w" }], {
    "c 1:3 r": true,
    "c 1:3 w": false,
    "c 1:3 rw": false,
    "c 1:5 w": true,
  });
});

Deno.test("access granted by two rules can be used at once", () => {
  check(
    [
      { allow: true, type: "c", major: 1, access: "r" },
      { ...NULL, allow: true, access: "w" },
    ],
    {
      "c 1:3 rw": true,
      "c 1:3 rwm": false,
      "c 1:5 rw": false,
      "c 1:5 r": true,
    },
  );
});

Deno.test("a rule without minor speaks of all of that major", () => {
  check([{ allow: true, type: "b", major: 8 }], {
    "b 8:0 rwm": true,
    "b 8:17 r": true,
    "b 9:0 r": false,
    "c 8:0 r": false,
  });
});
