/**
 * Driving the real program: `dist/rkl` with state of its own in a temporary
 * directory, removed with everything in it at the end of the test.
 *
 * @module
 */

/** Where this checkout is; ends with a slash. */
export const REPOSITORY = new URL("../", import.meta.url).pathname;

/** The program under test. */
export const RKL = `${REPOSITORY}dist/rkl`;

/** The busybox bundle, as `deno task bundles` makes it. */
export const BUSYBOX = `${REPOSITORY}bundles/busybox`;

/**
 * What commands under test have in their environment. A default bridge would be
 * on this machine's own network: tests that want one are in a namespace and say
 * so.
 */
export const ENVIRONMENT = { RKL_NETWORK: "none" } as const;

/** For a process that nobody talks to. */
export const SILENT = {
  stdin: "null",
  stdout: "null",
  stderr: "null",
} as const satisfies Deno.CommandOptions;

/** What a command printed and how it ended. */
export interface Result {
  code: number;
  stdout: string;
  stderr: string;
}

/** Options of one command. */
export interface CommandOptions {
  stdin?: string | Uint8Array;
  cwd?: string;
  env?: Record<string, string>;
}

/** A place for containers of one test. */
export interface Sandbox extends AsyncDisposable {
  /** A temporary directory, for files of the test. */
  readonly directory: string;
  /** --root, --data-root and --cni-conf-dir, as arguments. */
  readonly roots: string[];
  /** Runs `rkl` with these roots. */
  rkl(...args: string[]): Promise<Result>;
  /** The same, with options. */
  run(args: string[], options: CommandOptions): Promise<Result>;
  /** Starts `rkl` and leaves it running; the test ends it. */
  spawn(args: string[], options?: Deno.CommandOptions): Deno.ChildProcess;
}

/**
 * A place for containers of one test. Disposing of it deletes all of them and
 * the directory.
 */
export function sandbox(): Sandbox {
  const directory = Deno.makeTempDirSync({ prefix: "rkl-test-" });
  const roots = [
    "--root",
    `${directory}/root`,
    "--data-root",
    `${directory}/data`,
    // What others have configured on this machine is not the test's.
    "--cni-conf-dir",
    `${directory}/net.d`,
  ];
  const run = (args: string[], options: CommandOptions) =>
    command(RKL, [...roots, ...args], options);
  return {
    directory,
    roots,
    run,
    rkl: (...args) => run(args, {}),
    spawn: (args, options) => spawn(RKL, [...roots, ...args], options),
    async [Symbol.asyncDispose]() {
      for (const words of [["container"], []]) {
        // Most tests leave nothing; asking costs a second where it is emulated.
        if (!hasContainers(directory)) break;
        const all = words.length ? "-aq" : "-q";
        const ids = await run([...words, "list", all], {});
        for (const id of ids.stdout.split("\n").filter(Boolean)) {
          await run([...words, "delete", "--force", id], {});
        }
      }
      // It would end by itself, but write its log until then.
      if (exists(`${directory}/root/.daemon`)) {
        await run(["daemon", "stop"], {});
      }
      await Deno.remove(directory, { recursive: true });
    },
  };
}

/** Whether anything is below the roots of a sandbox. */
function hasContainers(directory: string): boolean {
  const roots = ["root", "data", "data/containers"]
    .map((root) => `${directory}/${root}`);
  const kept = new Set([...roots, `${directory}/root/.daemon`]);
  return roots.some((root) =>
    exists(root) &&
    Deno.readDirSync(root).some(({ name }) => !kept.has(`${root}/${name}`))
  );
}

/** Whether a path exists. */
export function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    if (error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}

/** Runs a command to its end. */
export async function command(
  program: string,
  args: string[],
  { stdin, ...options }: CommandOptions = {},
): Promise<Result> {
  const child = spawn(program, args, {
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    ...options,
  });
  if (stdin !== undefined) {
    const writer = child.stdin.getWriter();
    const bytes = typeof stdin === "string"
      ? new TextEncoder().encode(stdin)
      : stdin;
    // A program that ends without reading is no failure of the test's.
    await writer.write(bytes).then(() => writer.close()).catch(() => {});
  }
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** Starts a command. */
export function spawn(
  program: string,
  args: string[],
  options: Deno.CommandOptions = {},
): Deno.ChildProcess {
  const env = { ...ENVIRONMENT, ...options.env };
  return new Deno.Command(program, { args, ...options, env }).spawn();
}

/**
 * Waits until a process has ended, and kills it after `delay` milliseconds.
 * Returns whether it was killed.
 */
export async function killAfter(
  delay: number,
  child: Deno.ChildProcess,
): Promise<boolean> {
  const timer = setTimeout(() => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It was done already.
    }
  }, delay);
  const { signal } = await child.status;
  clearTimeout(timer);
  return signal === "SIGKILL";
}

/** Waits until `condition` holds, and fails after `seconds`. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  seconds = 20,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!await condition()) {
    if (Date.now() > deadline) throw new Error(`never came true: ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

/**
 * A bundle in `directory` over busybox's root filesystem, with a config.json
 * that `edit` changed. It starts as `rkl spec` writes it, without a terminal.
 */
export async function makeBundle(
  directory: string,
  // deno-lint-ignore no-explicit-any -- a config.json in whatever shape
  edit: (config: any) => void = () => {},
): Promise<string> {
  const { defaultConfig } = await import("../runtime/default_config.ts");
  const config = structuredClone(defaultConfig());
  config.process.terminal = false;
  config.root.path = `${BUSYBOX}/rootfs`;
  edit(config);
  await Deno.mkdir(directory, { recursive: true });
  await Deno.writeTextFile(
    `${directory}/config.json`,
    JSON.stringify(config, null, 2),
  );
  return directory;
}
