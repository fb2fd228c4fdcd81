/**
 * `deno task test:vm [filter]`: runs the tests that look at the machine in an
 * emulated one, with Debian's kernel, cgroup v2 and every capability. `filter`
 * is a test file, or part of a test's name.
 *
 * RKL_VM_MEMORY (MiB, 4096) and RKL_VM_TIMEOUT (seconds, 2000) size the machine.
 *
 * @module
 */
import { join } from "node:path";
import { failure, type Outcome, outcomes, report } from "../report.ts";
import { readRemains, testArgs, testEnv, type TestRun } from "../run.ts";
import { selectTests } from "../select.ts";
import type { Job } from "./guest.ts";
import { MachineError, RESULTS, runMachine } from "./machine.ts";
import { PackagesError, prepareParts } from "./packages.ts";

/**
 * Runs `run` in the VM with its output on this process's own, and returns what
 * came of each test; a VM that fails is one failed outcome.
 */
export async function runInVm(
  run: TestRun,
  signal: AbortSignal,
): Promise<Outcome[]> {
  const results = await Deno.makeTempDir({ prefix: "rkl-vm-" });
  try {
    const parts = await prepareParts(join(run.cwd, ".cache", "vm"));
    console.log(`VM: Linux ${parts.release}, ${run.files.length} test files`);
    const job = describeJob(run, await denoDir());
    const { code, boot, total, accelerator } = await runMachine(parts, job, {
      cpus: 2,
      memory: Number(Deno.env.get("RKL_VM_MEMORY") ?? 4096),
      results,
      output: (bytes) => Deno.stdout.write(bytes),
      signal,
    });
    console.log(
      `VM: booted in ${boot.toFixed(1)} s (${accelerator}), ` +
        `done after ${total.toFixed(0)} s`,
    );
    return outcomes("vm", await readRemains(code, results));
  } catch (error) {
    const known = error instanceof MachineError ||
      error instanceof PackagesError;
    if (!known) throw error;
    console.log(error.message);
    return [failure("vm", error.message.split("\n")[0]!)];
  } finally {
    await Deno.remove(results, { recursive: true });
  }
}

/** The same Deno, its cache and the project, all at the paths they have here. */
function describeJob(run: TestRun, denoDir: string): Job {
  const deno = Deno.realPathSync(Deno.execPath());
  // Files at the same time: a start takes a second there, and two processors.
  const flags = ["--no-check", "--cached-only", "--parallel", ...run.flags];
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
    timeout: Number(Deno.env.get("RKL_VM_TIMEOUT") ?? 2000),
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
  const { machine } = await selectTests(cwd);
  const files = Deno.args.filter((arg) => arg.endsWith("_test.ts"));
  const names = Deno.args.filter((arg) => !arg.endsWith("_test.ts"));
  const all = await runInVm({
    cwd,
    files: files.length > 0 ? files : machine,
    flags: names.length > 0 ? [`--filter=${names.join(" ")}`] : [],
  }, interrupt.signal);
  console.log(report(all));
  Deno.exit(all.some((outcome) => outcome.result === "failed") ? 1 : 0);
}
