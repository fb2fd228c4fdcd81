/**
 * Runs `deno test` on this machine and reads what it leaves.
 *
 * @module
 */
import { join } from "node:path";
import type { Remains } from "./report.ts";

/** One `deno test`. */
export interface TestRun {
  /** Test files, relative to `cwd`. */
  files: string[];
  cwd: string;
  /** Flags of `deno test`, such as `--parallel`. */
  flags: string[];
}

/** Names of the files that a run leaves in its results directory. */
const LEFT = { junit: "junit.xml", skips: "skips.jsonl" };

/** The command line of a run whose results go to the directory `results`. */
export function testArgs(run: TestRun, results: string): string[] {
  const junit = `--junit-path=${join(results, LEFT.junit)}`;
  return ["test", "--allow-all", ...run.flags, junit, ...run.files];
}

/** Variables that tell `facts.ts` where it is and where to report. */
export function testEnv(
  machine: string,
  results: string,
): Record<string, string> {
  return {
    RKL_TEST_MACHINE: machine,
    RKL_TEST_REPORT: join(results, LEFT.skips),
    DENO_NO_UPDATE_CHECK: "1",
  };
}

/** Reads what a run left in `results`. */
export async function readRemains(
  code: number,
  results: string,
): Promise<Remains> {
  const read = (name: string) =>
    Deno.readTextFile(join(results, name)).catch(() => ""); // nothing was left
  return { code, junit: await read(LEFT.junit), skips: await read(LEFT.skips) };
}

/** Runs the tests here, their output on this process's own. */
export async function runHere(run: TestRun): Promise<Remains> {
  const results = await Deno.makeTempDir({ prefix: "rkl-test-" });
  try {
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: testArgs(run, results),
      env: testEnv("host", results),
      cwd: run.cwd,
      stdin: "null",
    }).spawn().status;
    return await readRemains(code, results);
  } finally {
    await Deno.remove(results, { recursive: true });
  }
}
