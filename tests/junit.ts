/**
 * Reads the JUnit file that `deno test --junit-path` writes.
 *
 * @module
 */

/** One test of the file; steps are part of their test. */
export interface TestCase {
  /** The test file, relative to the working directory. */
  file: string;
  /** The line of its `Deno.test` call. */
  line: number;
  name: string;
  result: "passed" | "failed" | "skipped";
}

const TEST = /<testcase ([^>]*)>([\s\S]*?)<\/testcase>/g;
const ATTRIBUTE = /(\w+)="([^"]*)"/g;
const ENTITIES: Record<string, string> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&apos;": "'",
  "&amp;": "&",
};

/** Returns the tests in the order in which the file has them. */
export function parseJunit(xml: string): TestCase[] {
  const tests: TestCase[] = [];
  for (const [, attributes, body] of xml.matchAll(TEST)) {
    const { name, classname, line } = Object.fromEntries(
      [...attributes!.matchAll(ATTRIBUTE)].map(([, k, v]) => [k, unescape(v!)]),
    );
    const file = classname!.replace(/^\.\//, "");
    const last = tests.at(-1);
    // a step follows its test and carries the test's name before its own
    if (last && last.file === file && name!.startsWith(last.name + " > ")) {
      continue;
    }
    const result = body!.includes("<failure")
      ? "failed"
      : body!.includes("<skipped")
      ? "skipped"
      : "passed";
    tests.push({ file, line: Number(line), name: name!, result });
  }
  return tests;
}

function unescape(text: string): string {
  return text
    .replace(
      /&#(x?)([\da-f]+);/gi,
      (_, hex, digits) => String.fromCodePoint(parseInt(digits, hex ? 16 : 10)),
    )
    .replace(/&\w+;/g, (entity) => ENTITIES[entity] ?? entity);
}
