import assert from "node:assert/strict";
import { SYS } from "./numbers.ts";

const HEADERS = [
  "/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
  "/usr/include/asm-generic/unistd.h", // aarch64's
];

HEADERS.forEach((header, column) => {
  const text = readIfThere(header);
  if (text === undefined) {
    console.warn(`${header} is not installed: its numbers are not compared`);
  }
  Deno.test({
    name: `the numbers are those of ${header}`,
    ignore: text === undefined,
    fn: () => {
      const defined = parse(text!);
      const known = Object.entries(SYS).filter(([name]) => defined.has(name));
      assert(known.length > 250); // the header may be older than the table
      for (const [name, numbers] of known) {
        assert.equal(numbers[column], defined.get(name), name);
      }
    },
  });
});

function readIfThere(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** `#define __NR_name 12`, or by way of `__NR3264_name`. */
function parse(header: string): Map<string, number> {
  const words = new Map(
    [...header.matchAll(/^#\s*define __NR(\w+) (\w+)/gm)]
      .map(([, name = "", value = ""]) => [name, value]),
  );
  const names = [...words.keys()].filter((name) => name.startsWith("_"));
  return new Map(names.map((name) => {
    const value = words.get(name)!;
    const number = words.get(value.replace(/^__NR/, "")) ?? value;
    return [name.slice(1), Number(number)];
  }));
}
