/**
 * Runs `examples/single.yaml` with `dist/rkl` and shows what comes of it: the
 * limits the kernel enforces, the output, the exit code. `deno task demo`
 *
 * What is missing is made first. All state is in a temporary directory, so
 * nothing is left, on Ctrl-C neither.
 *
 * @module
 */
import { discoverHierarchies } from "../runtime/cgroup/hierarchies.ts";
import { build } from "./build.ts";
import { makeBundles } from "./bundles.ts";

const project = new URL("../", import.meta.url).pathname;
const example = "examples/single.yaml";

// So that the demo leaves this machine's network alone.
Deno.env.set("RKL_NETWORK", "none");

/** How long the container may run before it is stopped, in milliseconds. */
const PATIENCE = 5_000;

/** Files that limit a cgroup: those of v1, then those of v2. */
const LIMITS: Record<string, string[]> = {
  cpu: ["cpu.cfs_quota_us", "cpu.cfs_period_us", "cpu.max"],
  memory: ["memory.limit_in_bytes", "memory.max"],
  pids: ["pids.max"],
};

/** Runs rkl on the state in `directory`, and shows that it does. */
class Rkl {
  constructor(readonly directory: string) {}

  /** Returns what the command prints. */
  async ask(...words: string[]): Promise<string> {
    const { success, stdout } = await this.#command(words, "piped").output();
    if (!success) throw new Error(`Cannot go on: rkl ${words[1]} failed`);
    return new TextDecoder().decode(stdout).trim();
  }

  /** Shows the command and returns what it prints. */
  read(...words: string[]): Promise<string> {
    console.log(`$ rkl ${words.join(" ")}`);
    return this.ask(...words);
  }

  /** Shows the command and its output as it comes. */
  async show(...words: string[]): Promise<number> {
    console.log(`$ rkl ${words.join(" ")}`);
    const { code } = await this.#command(words, "inherit").spawn().status;
    return code;
  }

  #command(words: string[], stdout: "piped" | "inherit"): Deno.Command {
    const { directory } = this;
    const own = [
      "--root",
      `${directory}/run`,
      "--data-root",
      `${directory}/lib`,
    ];
    return new Deno.Command(`${project}dist/rkl`, {
      args: [...own, ...words],
      cwd: project,
      stdin: "null",
      stdout,
      stderr: "inherit",
    });
  }
}

/** The limits of the process `pid`, as `[file, value]`. */
function limitsOf(pid: number): [string, string][] {
  const { v1, unified } = discoverHierarchies();
  // hierarchy-ID:controllers:path, see cgroups(7)
  const cgroups = Deno.readTextFileSync(`/proc/${pid}/cgroup`).trim()
    .split("\n").map((line) => /^\d+:(.*?):(.*)$/.exec(line) ?? []);
  return Object.entries(LIMITS).flatMap(([controller, names]) => {
    const hierarchy = v1.get(controller) ?? unified;
    const key = v1.has(controller) ? controller : "";
    const own = cgroups.find(([, list = ""]) => list.split(",").includes(key));
    if (!hierarchy || !own) return [];
    return names.flatMap((name): [string, string][] => {
      const path = `${hierarchy.mount}${own[2]}/${name}`;
      try {
        return [[path, Deno.readTextFileSync(path).trim()]];
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return [];
        throw error;
      }
    });
  });
}

async function demo(rkl: Rkl): Promise<void> {
  const name = await rkl.read("container", "run", "-d", example);
  console.log(name);
  const { pid } = JSON.parse(await rkl.read("container", "state", name));
  console.log(`pid ${pid}; the kernel's limits:`);
  for (const [path, value] of limitsOf(pid)) console.log(`  ${path}: ${value}`);
  await rkl.show("container", "list");

  const stop = setTimeout(() => rkl.show("container", "stop", name), PATIENCE);
  await rkl.show("container", "logs", "-f", name);
  console.log(`exit code ${await rkl.read("container", "wait", name)}`);
  clearTimeout(stop);
  await rkl.show("container", "delete", name);
  await rkl.show("container", "list");
}

/** Deletes the containers of the demo, however far it came, and its files. */
async function cleanUp(rkl: Rkl): Promise<void> {
  const names = await rkl.ask("container", "list", "-q");
  for (const name of names.split("\n").filter(Boolean)) {
    await rkl.ask("container", "delete", "--force", name);
  }
  await Deno.remove(rkl.directory, { recursive: true });
}

if (import.meta.main) {
  if (Deno.uid() !== 0) {
    console.error(
      "The demo needs root: only root makes namespaces, mounts and cgroups. " +
        "Try sudo.",
    );
    Deno.exit(1);
  }
  console.log("preparing bundles/ and dist/rkl …");
  await makeBundles();
  await build();
  const rkl = new Rkl(await Deno.makeTempDir({ prefix: "rkl-demo-" }));
  let cleaning: Promise<void> | undefined;
  const clean = () => cleaning ??= cleanUp(rkl);
  Deno.addSignalListener("SIGINT", () => clean().finally(() => Deno.exit(130)));
  try {
    await demo(rkl);
  } finally {
    await clean();
  }
}
