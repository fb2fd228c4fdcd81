/**
 * For tests: running emitted executables, natively and emulated, and finding
 * out whether the tools for that are there.
 *
 * @module
 */
import { type Arch, hostArch } from "../../sys/numbers.ts";
import type { Program } from "./program.ts";

/** Whether `tool` can be run; says aloud that tests are skipped if not. */
export function hasTool(tool: string): boolean {
  try {
    new Deno.Command(tool, {
      args: ["--version"],
      stdout: "null",
      stderr: "null",
    }).outputSync();
    return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.warn(
      `%c${tool} is not installed: its tests are skipped`,
      "color: yellow",
    );
    return false;
  }
}

/** A way to run programs: the words before the executable's path. */
export interface Runner {
  arch: Arch;
  command: string[];
  ignore: boolean;
}

/** The host's architecture as it is, the other one in qemu. */
export const RUNNERS: Runner[] = (["x86_64", "aarch64"] as const).map(
  (arch) => {
    if (arch === hostArch()) return { arch, command: [], ignore: false };
    const emulator = `qemu-${arch}-static`;
    return { arch, command: [emulator], ignore: !hasTool(emulator) };
  },
);

/** Defines one test for each architecture. */
export function testOnEach(
  name: string,
  fn: (runner: Runner) => void | Promise<void>,
): void {
  for (const runner of RUNNERS) {
    const { arch, ignore } = runner;
    Deno.test({ name: `${name} (${arch})`, ignore, fn: () => fn(runner) });
  }
}

/**
 * Writes `elf` to a temporary file that is gone when the result is disposed.
 *
 * The last one to write to it is another process: a child that another test
 * forks at that moment would hold a descriptor of this one, and the file could
 * not be executed (ETXTBSY).
 */
export function temporaryExecutable(
  elf: Uint8Array,
): Disposable & { path: string } {
  const written = Deno.makeTempFileSync({ prefix: "rkl-init-" });
  const path = `${written}-copy`;
  try {
    Deno.writeFileSync(written, elf);
    Deno.chmodSync(written, 0o755);
    new Deno.Command("cp", { args: ["-p", written, path] }).outputSync();
  } finally {
    Deno.removeSync(written);
  }
  return { path, [Symbol.dispose]: () => Deno.removeSync(path) };
}

/** What a finished process left. */
export interface Outcome {
  code: number;
  /** One character a byte. */
  stdout: string;
}

/** Runs `elf` to its end. */
export function runElf(
  elf: Uint8Array,
  { command }: Runner,
  args: string[] = [],
): Outcome {
  using file = temporaryExecutable(elf);
  const [program = "", ...rest] = [...command, file.path, ...args];
  const { code, stdout } = new Deno.Command(program, {
    args: rest,
    stdin: "null",
    stderr: "inherit",
  }).outputSync();
  return { code, stdout: String.fromCharCode(...stdout) };
}

/** Links and runs `program`. */
export function run(
  program: Program,
  runner: Runner,
  args?: string[],
): Outcome {
  return runElf(program.link(runner.arch).elf, runner, args);
}
