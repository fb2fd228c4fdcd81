/**
 * What the tests showed, on each machine and on all of them together. Run as a
 * program it reads the files that earlier runs left, one outcome a line:
 *
 *     deno run -R tests/report.ts .cache/test/host.jsonl .cache/test/vm.jsonl
 *
 * @module
 */
import type { Skip } from "./facts.ts";
import { parseJunit, type TestCase } from "./junit.ts";

/** How one test went on one machine. */
export interface Outcome extends TestCase {
  machine: string;
  /** Why it was skipped, or failed without having run. */
  reason?: string;
}

/** What one `deno test` left behind. */
export interface Remains {
  code: number;
  /** The text of its JUnit file. */
  junit: string;
  /** The text of the file that `facts.ts` wrote, one {@linkcode Skip} a line. */
  skips: string;
}

/** Returns the outcome of every test of one `deno test`. */
export function outcomes(machine: string, remains: Remains): Outcome[] {
  const tests = parseJunit(remains.junit);
  const skips: Skip[] = parseLines(remains.skips);
  const result = tests.map((test): Outcome => {
    const outcome = { machine, ...test };
    return test.result === "skipped"
      ? { ...outcome, reason: reasonFor(test, tests, skips) }
      : outcome;
  });
  // a module that throws while it loads is in no JUnit file
  const untold = remains.code !== 0 &&
    tests.every((t) => t.result !== "failed");
  if (untold) {
    result.push(failure(machine, `deno test exited with ${remains.code}`));
  }
  return result;
}

/** An outcome for what went wrong outside of any test. */
export function failure(machine: string, reason: string): Outcome {
  return { machine, file: "", line: 0, name: "", result: "failed", reason };
}

/**
 * The reason of a skipped test: `needs()` is called within its definition, that
 * is before the next test's line, or above all tests, once for several.
 */
function reasonFor(test: TestCase, tests: TestCase[], skips: Skip[]): string {
  const lines = tests.filter((t) => t.file === test.file).map((t) => t.line);
  const next = Math.min(...lines.filter((line) => line > test.line));
  const asked = skips.filter((skip) => skip.file === test.file);
  const own = asked.find(({ line }) => line >= test.line && line < next);
  const shared = asked.findLast(({ line }) => line < Math.min(...lines));
  return (own ?? shared)?.reason ?? "gives no reason";
}

/** The tests that were skipped wherever they were tried. */
export function ranNowhere(all: Outcome[]): Outcome[] {
  const ran = new Set(all.filter((o) => o.result !== "skipped").map(identity));
  const nowhere = all.filter((o) => !ran.has(identity(o)));
  return [...new Map(nowhere.map((o) => [identity(o), o])).values()];
}

/**
 * Writes the report: failures, skipped tests and where they ran, a line for each
 * machine, and the total as the last line.
 */
export function report(all: Outcome[]): string {
  const machines = [...new Set(all.map((outcome) => outcome.machine))];
  const nowhere = new Set(ranNowhere(all).map(identity));
  const failed = all.filter((outcome) => outcome.result === "failed");
  const skipped = all.filter((outcome) => outcome.result === "skipped");
  return [
    ...failed.map((o) => `FAILED on ${o.machine}: ${describe(o)}`),
    ...skipped.map((o) => {
      const where = nowhere.has(identity(o)) ? "nowhere" : "elsewhere";
      const ran = machines.length > 1 ? `; ran ${where}` : "";
      return `SKIP on ${o.machine}: ${describe(o)}${ran}`;
    }),
    ...machines.length > 1 ? together(all, machines, nowhere.size) : [],
    total(all),
  ].join("\n");
}

/** The totals of each machine, and what no machine ran. */
function together(
  all: Outcome[],
  machines: string[],
  nowhere: number,
): string[] {
  return [
    ...machines.map((machine) =>
      `${machine}: ${total(all.filter((o) => o.machine === machine))}`
    ),
    `Tests that ran on no machine: ${nowhere}`,
  ];
}

/** `3 passed, 0 failed`, and the skipped ones where there are some. */
export function total(all: Outcome[]): string {
  const count = (result: Outcome["result"]) =>
    all.filter((outcome) => outcome.result === result).length;
  const skipped = count("skipped");
  return `${count("passed")} passed, ${count("failed")} failed` +
    (skipped > 0 ? `, ${skipped} skipped` : "");
}

function describe({ file, line, name, reason }: Outcome): string {
  const test = file && `${file}:${line} "${name}"`;
  return [test, reason].filter(Boolean).join(": ");
}

/** The same test on another machine has the same identity. */
function identity({ file, name }: Outcome): string {
  return `${file}\0${name}`;
}

/** Parses text of one JSON value a line. */
export function parseLines<T>(text: string): T[] {
  return text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

if (import.meta.main) {
  const all = Deno.args.flatMap((path) =>
    parseLines<Outcome>(Deno.readTextFileSync(path))
  );
  console.log(report(all));
  const bad = ranNowhere(all).length > 0 ||
    all.some((outcome) => outcome.result === "failed");
  Deno.exit(bad ? 1 : 0);
}
