/**
 * One run of the VM: boot, job, power off.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { readLines } from "../lines.ts";
import { encodeCpio, type Entry } from "./cpio.ts";
import { initScript, type Job, jobScript, TIMED_OUT } from "./guest.ts";
import { loadOrder } from "./modules.ts";
import type { Parts } from "./packages.ts";
import { type Accelerator, type Machine, qemuArgs, qemuEnv } from "./qemu.ts";

/** What came of a run. */
export interface Run {
  /** The job's exit code. */
  code: number;
  /** Seconds from the start of QEMU until the job began. */
  boot: number;
  /** Seconds in all. */
  total: number;
  accelerator: Accelerator;
}

/** How the VM is made and where it says things. */
export interface Options {
  /** Mebibytes. */
  memory: number;
  /** The directory that the job sees as {@linkcode RESULTS}. */
  results: string;
  /** Takes the job's output, line by line. */
  output: (line: string) => void;
  /** Kills the machine when aborted. */
  signal: AbortSignal;
}

/** The VM never came up, hung or died. The message holds its last words. */
export class MachineError extends Error {
  override readonly name = "MachineError";
}

/** The VM never reached its job. */
class NotBooted extends MachineError {}

/** Where the job finds `Options.results`. */
export const RESULTS = "/run/vm/results";

/** What the first root needs to reach the host's files and the console. */
const MODULES = [
  "virtio_pci",
  "virtio_console",
  "virtio_rng",
  "9pnet_virtio",
  "9p",
  "overlay",
];

/** Seconds until the job must have begun. */
const BOOT_TIMEOUT = { kvm: 8, tcg: 90 };

/**
 * Boots a VM, runs `job` in it and returns its exit code.
 *
 * @throws {MachineError} when the VM ends without one, or not in time
 */
export async function runMachine(
  parts: Parts,
  job: Job,
  options: Options,
): Promise<Run> {
  const scratch = await Deno.makeTempDir({ prefix: "rkl-vm-" });
  try {
    const initramfs = join(scratch, "initramfs");
    await Deno.writeFile(initramfs, await buildInitramfs(parts, job));
    const { memory, results } = options;
    const kernelLog = join(scratch, "kernel.log");
    const machine = { memory, results, initramfs, kernelLog };
    const attempt = (accelerator: Accelerator) =>
      boot(parts, { ...machine, accelerator }, job.timeout, options);
    if (await opens("/dev/kvm")) {
      try {
        return await attempt("kvm");
      } catch (error) {
        // a nested or half-working KVM: software always works
        if (!(error instanceof NotBooted) || options.signal.aborted) {
          throw error;
        }
      }
    }
    return await attempt("tcg");
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

async function buildInitramfs(
  parts: Parts,
  job: Job,
): Promise<Uint8Array<ArrayBuffer>> {
  const dep = await Deno.readTextFile(join(parts.modules, "modules.dep"));
  const modules = loadOrder(dep, MODULES);
  const script = (path: string, text: string): Entry => (
    { path, kind: "file", mode: 0o755, data: new TextEncoder().encode(text) }
  );
  const file = async (path: string, source: string): Promise<Entry> => (
    { path, kind: "file", mode: 0o755, data: await Deno.readFile(source) }
  );
  // busybox's insmod unpacks .ko.xz itself
  const names = modules.map((path) => path.slice(path.lastIndexOf("/") + 1));
  return encodeCpio([
    { path: "bin", kind: "directory" },
    await file("bin/busybox", parts.busybox),
    { path: "modules", kind: "directory" },
    ...await Promise.all(
      modules.map((path, i) =>
        file(`modules/${names[i]}`, join(parts.modules, path))
      ),
    ),
    script("init", initScript(names, dirname(parts.modules))),
    script("job", jobScript(job)),
  ]);
}

/** Starts QEMU and sees it through to its end. */
async function boot(
  parts: Parts,
  machine: Machine,
  timeout: number,
  { output, signal }: Options,
): Promise<Run> {
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  const qemu = new Deno.Command(
    join(parts.qemu, "usr/bin/qemu-system-x86_64"),
    {
      args: qemuArgs(parts, machine),
      env: qemuEnv(parts),
      cwd: dirname(machine.initramfs), // for a core file, where those are on
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    },
  ).spawn();
  let stopped = "";
  let ended = false;
  const stop = (why: string) => {
    if (stopped || ended) return;
    stopped = why;
    qemu.kill("SIGKILL");
  };
  qemu.status.then(() => ended = true);
  const interrupt = () => stop("was interrupted");
  signal.addEventListener("abort", interrupt);
  if (signal.aborted) interrupt();
  const limit = BOOT_TIMEOUT[machine.accelerator];
  const booted = join(machine.results, "booted");
  let bootTime = 0;
  const watch = setInterval(async () => {
    if (!bootTime && await opens(booted)) bootTime = seconds();
    if (!bootTime && seconds() > limit) stop(`did not boot in ${limit} s`);
    // the VM ends by itself before this, unless its kernel hangs
    if (seconds() > timeout + 2 * limit) stop("stopped answering");
  }, 100);
  const said: string[] = [];
  const listen = async () => {
    for await (const line of readLines(qemu.stdout)) {
      said.push(line);
      output(line);
    }
  };
  try {
    const [, errors, status] = await Promise.all([
      listen(),
      new Response(qemu.stderr).text(),
      qemu.status,
    ]);
    const code = (await read(join(machine.results, "exit"))).trim();
    if (code === TIMED_OUT) stopped = `did not end in ${timeout} s`;
    if (code && !stopped) {
      const { accelerator } = machine;
      return {
        code: Number(code),
        boot: bootTime,
        total: seconds(),
        accelerator,
      };
    }
    const reached = bootTime || await opens(booted);
    throw new (reached ? MachineError : NotBooted)([
      `The VM ${stopped || `ended without a result, QEMU with ${status.code}`}`,
      ...await lastWords(machine.kernelLog, errors, said),
    ].join("\n"));
  } finally {
    clearInterval(watch);
    signal.removeEventListener("abort", interrupt);
  }
}

/** What is known of a VM that is no more: of each source, the end. */
async function lastWords(
  kernelLog: string,
  errors: string,
  said: string[],
): Promise<string[]> {
  const sources = {
    "QEMU said": errors,
    "the kernel's messages end with": await read(kernelLog),
    "the job's output ends with": said.join("\n"),
  };
  return Object.entries(sources).flatMap(([title, text]) => {
    const lines = text.trim().split(/\r?\n/).slice(-60);
    return text.trim()
      ? [`${title}:`, ...lines.map((line) => `  ${line}`)]
      : [];
  });
}

async function opens(path: string): Promise<boolean> {
  return await Deno.open(path).then((file) => {
    file.close();
    return true;
  }, () => false);
}

async function read(path: string): Promise<string> {
  return await Deno.readTextFile(path).catch(() => "");
}
