/**
 * `deno task test:vm [filter]`: runs the tests that look at the machine in
 * emulated ones, with Debian's kernel, cgroup v2 and every capability. `filter`
 * is a test file, or part of a test's name.
 *
 * RKL_VM_MEMORY (MiB, 4096) and RKL_VM_TIMEOUT (seconds, 1700) size a machine.
 *
 * @module
 */
import { join, relative, resolve } from "node:path";
import { failure, type Outcome, outcomes, report } from "../report.ts";
import { readRemains, testArgs, testEnv, type TestRun } from "../run.ts";
import { selectTests } from "../select.ts";
import type { Job } from "./guest.ts";
import { MachineError, RESULTS, runMachine } from "./machine.ts";
import { PackagesError, type Parts, prepareParts } from "./packages.ts";

/**
 * Machines at the same time, with one processor each. With two, QEMU 7.2 now and
 * then misses that the kernel changed its own code (a static branch of the
 * scheduler) while the other one translated it: the breakpoint that is put there
 * meanwhile then stays for ever, and both stop at it.
 */
const MACHINES = 2;

/**
 * Runs `run` in VMs, each with a share of the files, with their output on this
 * process's own, and returns what came of each test; a VM that fails is one
 * failed outcome.
 */
export async function runInVm(
  run: TestRun,
  signal: AbortSignal,
): Promise<Outcome[]> {
  try {
    const parts = await prepareParts(join(run.cwd, ".cache", "vm"));
    const shares = await share(run, MACHINES);
    const count = `${run.files.length} test files in ${shares.length}`;
    console.log(`VM: Linux ${parts.release}, ${count}`);
    const cache = await denoDir();
    const all = shares.map((files, i) => {
      const job = describeJob({ ...run, files }, cache);
      return runOne(parts, job, `vm${i + 1}| `, signal);
    });
    return (await Promise.all(all)).flat();
  } catch (error) {
    return [explain(error)];
  }
}

/** Prints why there is no result; what the report tells of it is a line. */
function explain(error: unknown, mark = ""): Outcome {
  const known = error instanceof MachineError || error instanceof PackagesError;
  if (!known) throw error;
  console.log(mark + error.message);
  return failure("vm", error.message.split("\n")[0]!);
}

/** The files in up to `count` shares, with about as much to do in each. */
async function share(run: TestRun, count: number): Promise<string[][]> {
  const sized = await Promise.all(run.files.map(async (file) => (
    { file, size: sizeIn(await Deno.readTextFile(join(run.cwd, file))) }
  )));
  const shares = Array.from({ length: count }, () => ({
    files: [] as string[],
    size: 0,
  }));
  for (const { file, size } of sized.sort((a, b) => b.size - a.size)) {
    const least = shares.reduce((a, b) => b.size < a.size ? b : a);
    least.files.push(file);
    least.size += size;
  }
  return shares.map(({ files }) => files.sort()).filter((files) =>
    files.length > 0
  );
}

/** The length of a file of tests, without those that VMs leave out. */
function sizeIn(text: string): number {
  const tests = text.split("Deno.test(").length - 1;
  const left = text.split("...native").length - 1;
  return text.length * (1 - left / Math.max(1, tests));
}

/** Runs the tests of `job` in one VM, whose lines begin with `mark`. */
async function runOne(
  parts: Parts,
  job: Job,
  mark: string,
  signal: AbortSignal,
): Promise<Outcome[]> {
  const results = await Deno.makeTempDir({ prefix: "rkl-vm-" });
  try {
    const { code, boot, total, accelerator } = await runMachine(parts, job, {
      memory: Number(Deno.env.get("RKL_VM_MEMORY") ?? 4096),
      results,
      output: (line) => console.log(mark + line),
      signal,
    });
    console.log(
      `${mark}booted in ${boot.toFixed(1)} s (${accelerator}), ` +
        `done after ${total.toFixed(0)} s`,
    );
    return outcomes("vm", await readRemains(code, results));
  } catch (error) {
    return [explain(error, mark)];
  } finally {
    await Deno.remove(results, { recursive: true });
  }
}

/** The same Deno, its cache and the project, all at the paths they have here. */
function describeJob(run: TestRun, denoDir: string): Job {
  const deno = Deno.realPathSync(Deno.execPath());
  const flags = ["--no-check", "--cached-only", ...run.flags];
  const colour = Deno.stdout.isTerminal() && !Deno.env.has("NO_COLOR");
  return {
    args: [deno, ...testArgs({ ...run, flags }, RESULTS)],
    cwd: run.cwd,
    env: {
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      HOME: Deno.env.get("HOME") ?? "/root",
      LANG: "C.UTF-8",
      TERM: "xterm",
      DENO_DIR: denoDir,
      [colour ? "FORCE_COLOR" : "NO_COLOR"]: "1",
      ...testEnv("vm", RESULTS),
    },
    paths: [run.cwd, denoDir, deno],
    timeout: Number(Deno.env.get("RKL_VM_TIMEOUT") ?? 1700),
  };
}

/** Where Deno keeps the npm packages that the tests import. */
async function denoDir(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json"],
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

if (import.meta.main) {
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => interrupt.abort());
  }
  const cwd = join(import.meta.dirname!, "..", "..");
  const { unit, machine } = await selectTests(cwd);
  const files = Deno.args.filter((arg) => arg.endsWith("_test.ts"))
    .map((path) => relative(cwd, resolve(path)));
  const unknown = files.find((file) => ![...unit, ...machine].includes(file));
  if (unknown !== undefined) {
    console.error(`There is no test file "${unknown}".`);
    Deno.exit(1);
  }
  const names = Deno.args.filter((arg) => !arg.endsWith("_test.ts"));
  const all = await runInVm({
    cwd,
    files: files.length > 0 ? files : machine,
    flags: names.length > 0 ? [`--filter=${names.join(" ")}`] : [],
  }, interrupt.signal);
  console.log(report(all));
  Deno.exit(all.some((outcome) => outcome.result === "failed") ? 1 : 0);
}
