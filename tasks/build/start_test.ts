import assert from "node:assert/strict";
import { parseListing } from "../../runtime/init/listing.ts";
import { needs } from "../../tests/facts.ts";
import { AT, startCode, STARTS } from "./start.ts";

/** The instructions of `code` as objdump prints them. */
async function disassemble(
  tool: string,
  machine: string,
  code: Uint8Array,
): Promise<string[]> {
  const file = await Deno.makeTempFile({ prefix: "rkl-start-" });
  try {
    await Deno.writeFile(file, code);
    const { stdout } = await new Deno.Command(tool, {
      args: ["-D", "-w", "-z", "-b", "binary", "-m", machine, file],
    }).output();
    const lines = new TextDecoder().decode(stdout)
      .matchAll(/^ +[0-9a-f]+:\t[0-9a-f ]+\t(.*)$/gm);
    return Array.from(
      lines,
      ([, words = ""]) =>
        words.replace(/\s*\/\/.*$/, "").replace(/ +# 0x.*$/, "")
          .replace(/\s+/g, " ").trim(),
    );
  } finally {
    await Deno.remove(file);
  }
}

for (
  const [arch, machine, tools] of [
    ["x86_64", "i386:x86-64", ["objdump", "x86_64-linux-gnu-objdump"]],
    ["aarch64", "aarch64", ["aarch64-linux-gnu-objdump", "objdump"]],
  ] as const
) {
  const native = Deno.build.arch === arch;
  const tool = native ? "objdump" : tools.find((name) => name !== "objdump")!;
  Deno.test({
    name: `the ${arch} start's bytes are its assembly`,
    ...needs(`tool:${tool}`),
    async fn() {
      const { code, labels, instructions } = parseListing(STARTS[arch]);
      const expected = instructions.map(({ assembly }) =>
        assembly.replace(/(?<=^(?:j\w+|b|cbn?z|b\.ne) (?:x\d+, )?)[a-z]+$/, (
          label,
        ) => `0x${labels.get(label)!.toString(16)}`)
      );
      assert.deepEqual(await disassemble(tool, machine, code), expected);
    },
  });
}

Deno.test("the start finds the base as far back as it is", () => {
  assert.equal(AT.code, 0x107 - 7); // x86_64: from the end of the instruction
  assert(startCode("x86_64").length > 0 && startCode("aarch64").length > 0);
});
