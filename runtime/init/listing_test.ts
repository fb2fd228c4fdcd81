import assert from "node:assert/strict";
import type { Arch } from "../../sys/numbers.ts";
import { AARCH64 } from "./aarch64.ts";
import { CODE, HEADER } from "./layout.ts";
import { parseListing } from "./listing.ts";
import { hasTool } from "./testing.ts";
import { TRAMPOLINES } from "./trampoline.ts";
import { X86_64 } from "./x86_64.ts";

Deno.test("parseListing() reads groups of digits as little-endian numbers", () => {
  const { code, labels, instructions } = parseListing(`
a:                 ; a comment
  48 89 f8  mov %rdi,%rax    ; another
b:
  d4000001  svc #0x0
`);
  assert.deepEqual([...code], [0x48, 0x89, 0xf8, 1, 0, 0, 0xd4]);
  assert.deepEqual([...labels], [["a", 0], ["b", 3]]);
  assert.deepEqual(instructions, [
    { offset: 0, assembly: "mov %rdi,%rax" },
    { offset: 3, assembly: "svc #0x0" },
  ]);
});

const OBJDUMP: Record<Arch, { tools: string[]; machine: string }> = {
  x86_64: {
    tools: [
      ...Deno.build.arch === "x86_64" ? ["objdump"] : [],
      "x86_64-linux-gnu-objdump",
    ],
    machine: "i386:x86-64",
  },
  aarch64: {
    tools: [
      ...Deno.build.arch === "aarch64" ? ["objdump"] : [],
      "aarch64-linux-gnu-objdump",
    ],
    machine: "aarch64",
  },
};

/** The code's instructions as binutils reads them, comments and padding off. */
async function disassemble(tool: string, machine: string, code: Uint8Array) {
  const file = await Deno.makeTempFile({ prefix: "rkl-init-" });
  try {
    await Deno.writeFile(file, code);
    const { stdout } = await new Deno.Command(tool, {
      args: ["-D", "-w", "-z", "-b", "binary", "-m", machine, file],
    }).output();
    return [
      ...new TextDecoder().decode(stdout).matchAll(
        /^ +([0-9a-f]+):\t[0-9a-f ]+\t(.*)$/gm,
      ),
    ].map(([, offset = "", words = ""]) => ({
      offset: parseInt(offset, 16),
      assembly: words.replace(/\s*(\/\/.*)?$/, "").replace(/\s+/g, " "),
    }));
  } finally {
    await Deno.remove(file);
  }
}

const LISTINGS: [name: string, arch: Arch, text: string][] = [
  ["interpreter", "x86_64", X86_64],
  ["interpreter", "aarch64", AARCH64],
  ["trampoline", "x86_64", TRAMPOLINES.x86_64],
  ["trampoline", "aarch64", TRAMPOLINES.aarch64],
];

for (const [name, arch, text] of LISTINGS) {
  const { tools, machine } = OBJDUMP[arch];
  const tool = tools.find(hasTool);
  Deno.test({
    name: `the ${arch} ${name}'s bytes are its assembly`,
    ignore: !tool,
    fn: async () => {
      const { code, labels, instructions } = parseListing(text);
      // objdump knows no labels: put their offsets in, as it prints them
      const expected = instructions.map(({ offset, assembly }) => ({
        offset,
        assembly: assembly.replace(
          /^((?:j|b|cbn?z|tbn?z|adr).* )([a-z]\w*)$/,
          (line, start, label) => {
            const target = labels.get(label);
            return target === undefined
              ? line
              : `${start}0x${target.toString(16)}`;
          },
        ),
      }));
      assert.deepEqual(await disassemble(tool!, machine, code), expected);
    },
  });
}

Deno.test("interpreters fit between the ELF headers and the data", () => {
  for (const text of [X86_64, AARCH64]) {
    assert(CODE + parseListing(text).code.length <= HEADER - 0x10000);
  }
});

Deno.test("handlers start at multiples of 4 that an op can count to", () => {
  for (const text of [X86_64, AARCH64]) {
    const { labels } = parseListing(text);
    const handlers = [...labels.keys()];
    for (const op of handlers.slice(0, handlers.indexOf("shr") + 1)) {
      const offset = labels.get(op)!;
      assert(offset % 4 === 0 && offset / 4 <= 255, `${op} is at ${offset}`);
    }
  }
});
