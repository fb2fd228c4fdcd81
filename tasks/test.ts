/**
 * `deno task test`: all tests, on this machine and in the VM, and one report of
 * both. It fails when a test fails, when a test ran on neither machine, and when
 * the tests leave something behind. Its last line is the total.
 *
 *     deno task test            both machines
 *     deno task test --no-vm    this machine only, as with RKL_NO_VM=1
 *
 * @module
 */
import { join } from "node:path";
import {
  failure,
  type Outcome,
  outcomes,
  ranNowhere,
  report,
} from "../tests/report.ts";
import { runHere } from "../tests/run.ts";
import { selectTests } from "../tests/select.ts";
import { runInVm } from "../tests/vm/main.ts";
import { leaks, leftovers } from "./leftovers.ts";

const cwd = join(import.meta.dirname!, "..");
const withVm = !Deno.args.includes("--no-vm") && !Deno.env.get("RKL_NO_VM");

const interrupt = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => interrupt.abort());
}

const tests = await selectTests(cwd);
const host = await onHost();
await keep("host", host);
const vm = withVm ? await inVm() : [];
if (withVm) await keep("vm", vm);

const all = [...host, ...vm];
if (interrupt.signal.aborted) all.push(failure("host", "interrupted"));
console.log(report(all));
const incomplete = withVm && ranNowhere(all).length > 0;
const failed = all.some((outcome) => outcome.result === "failed");
Deno.exit(failed || incomplete ? 1 : 0);

/** Unit tests side by side, then one at a time those that see the machine. */
async function onHost(): Promise<Outcome[]> {
  const before = leftovers();
  title("unit tests");
  const unit = await runHere({ cwd, files: tests.unit, flags: ["--parallel"] });
  if (interrupt.signal.aborted) return [];
  title("tests on this machine");
  const machine = await runHere({ cwd, files: tests.machine, flags: [] });
  const left = await leaks(before);
  return [
    ...outcomes("host", unit),
    ...outcomes("host", machine),
    ...left.map((what) => failure("host", `the tests left ${what}`)),
  ];
}

async function inVm(): Promise<Outcome[]> {
  if (interrupt.signal.aborted) return [];
  title("tests in the VM");
  const run = { cwd, files: tests.machine, flags: [] };
  return await runInVm(run, interrupt.signal);
}

/** Keeps the outcomes of one machine for `tests/report.ts`. */
async function keep(machine: string, outcomes: Outcome[]): Promise<void> {
  const folder = join(cwd, ".cache", "test");
  await Deno.mkdir(folder, { recursive: true });
  const lines = outcomes.map((outcome) => JSON.stringify(outcome) + "\n");
  await Deno.writeTextFile(join(folder, `${machine}.jsonl`), lines.join(""));
}

function title(text: string): void {
  console.log(`\n== ${text} ==`);
}
