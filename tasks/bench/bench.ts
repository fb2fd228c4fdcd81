/**
 * The parts of the benchmark.
 *
 * @module
 */
import { discoverHierarchies } from "../../runtime/cgroup/hierarchies.ts";
import { run } from "../../runtime/bundle.ts";
import { MemoryCounter, parentOf, privateMemory } from "./memory.ts";
import { isInstalled, output } from "./commands.ts";
import {
  interleave,
  quantile,
  table,
  timed,
  timeTable,
  type Trial,
} from "./measure.ts";
import { Shell } from "./shell.ts";

const project = new URL("../../", import.meta.url).pathname;
const rkl = `${project}dist/rkl`;

/** How often the in-process cycle runs, and the commands are started. */
const CYCLES = 200, STARTS = 40;

/** How many containers run at once, and how many of them make a group. */
const CROWD = 200, GROUP = 20;

/** How many containers the memory of one is averaged over. */
const SAMPLE = 50;

/** What the bundle's container is limited to: half a core, 64 MiB. */
const LIMITS = {
  cpu: { shares: 512, quota: 50_000, period: 100_000 },
  memory: { limit: 64 << 20 },
};

/** Everything the parts need, made once and taken away at the end. */
export class Bench implements AsyncDisposable {
  /** Each measures something and returns its table. */
  readonly parts = [
    () => this.inProcess(),
    () => this.cold(),
    () => this.monitors(),
    () => this.crowd(),
  ];

  #disposed: Promise<void> | undefined;
  /** Where memory is measured; removed at the end, when nothing is in it. */
  #counter: MemoryCounter | undefined;

  private constructor(
    readonly directory: string,
    /** Where the runtimes keep their state, each in a directory of its own. */
    readonly state: string,
    readonly shell: Shell,
    /** Where crun works: it refuses a host with hierarchies of both versions. */
    readonly crunShell: Shell,
    readonly others: ReadonlySet<string>,
  ) {}

  static async prepare(): Promise<Bench> {
    const prefix = "rkl-bench-";
    const directory = await Deno.makeTempDir({ prefix });
    const state = await Deno.makeTempDir({ prefix, ...inMemory() });
    const { mode, unified } = discoverHierarchies();
    const hide = mode === "hybrid" ? `umount ${unified!.mount}` : "";
    const tools = ["crun", "runc", "conmon"];
    const installed = await Promise.all(tools.map(isInstalled));
    const bench = new Bench(
      directory,
      state,
      new Shell(directory),
      new Shell(directory, hide),
      new Set(tools.filter((_, i) => installed[i])),
    );
    await bench.#writeBundle("true", ["true"]);
    await bench.#writeBundle("sleep", ["sleep", "1000"]);
    await Deno.writeTextFile(`${directory}/empty.ts`, "");
    await Deno.writeTextFile(
      `${directory}/true.yaml`,
      `name: bench\nimage: ${project}bundles/busybox\nargs: ["true"]\n` +
        "resources: { limits: { cpu: 500m, memory: 64Mi } }\n",
    );
    return bench;
  }

  /** Create, start, wait and delete through the library, no process started. */
  async inProcess(): Promise<string> {
    let count = 0;
    const { directory, state } = this;
    const store = { root: `${state}/rkl`, dataRoot: `${directory}/data` };
    const times = await interleave({
      "rkl, in process": timed(async () => {
        await run(store, `in-${count++}`, { bundle: `${directory}/true` });
      }),
      ...this.#rivals(),
    }, CYCLES);
    const crun = times["crun run"];
    return "A container of `true`: six namespaces, limits of CPU and memory, " +
      "made, started, waited for and deleted\n\n" +
      timeTable(times, "crun run", crun ? { "rkl, in process": 0.25 } : {});
  }

  /** Commands as a user types them. */
  async cold(): Promise<string> {
    const { directory, shell } = this;
    const deno = Deno.execPath();
    const own = this.own();
    const flags = ["--no-config", "--no-lock", "--no-npm", "--no-remote", "-A"];
    const image = `${project}bundles/busybox`;
    const limits = ["--cpus", "500m", "--memory", "64Mi"];
    const times = await interleave({
      "an empty Deno program": () =>
        shell.run(deno, "run", "-A", `${directory}/empty.ts`),
      "the same, nothing looked for": () =>
        shell.run(deno, "run", ...flags, `${directory}/empty.ts`),
      "rkl --version": () => shell.run(rkl, "--version"),
      "rkl run": () => shell.run(...own, "run", "-b", `${directory}/true`, "c"),
      "rkl container run IMAGE true": () =>
        shell.run(...own, "container", "run", "--rm", ...limits, image, "true"),
      "rkl container run FILE": () =>
        shell.run(...own, "container", "run", "--rm", `${directory}/true.yaml`),
      ...this.#rivals(),
    }, STARTS);
    return "Commands, from a shell\n\n" + timeTable(
      times,
      "an empty Deno program",
      {
        "rkl run": 1.6,
        "rkl container run IMAGE true": 1.8,
        "rkl container run FILE": 1.8,
      },
    );
  }

  /** What stays in memory beside a detached container. */
  async monitors(): Promise<string> {
    const own = this.own();
    const kib = (bytes = NaN) => bytes ? (bytes / 1024).toFixed(0) : "";
    const bundle = `${this.directory}/sleep`;
    const alone = await this.#besides(
      (name) => [...own, "run", "-d", "-b", bundle, name],
      (name) => [...own, "delete", "--force", name],
    );
    const watched = await this.#besides(
      (name) => [...own, ...this.#detached(name, "--rw")],
      (name) => [...own, "container", "delete", "--force", name],
    );
    const name = "watched";
    await this.shell.run(...own, ...this.#detached(name));
    const state = await output(...own, "container", "state", name);
    const { pid } = JSON.parse(state);
    const monitor = privateMemory(parentOf(pid)), init = privateMemory(pid);
    await this.shell.run(...own, "container", "delete", "--force", name);
    const rows = [
      ["rkl's monitor", kib(monitor), kib(watched! - alone!)],
      ["namespaces, mounts, cgroups", "", kib(alone)],
      ["the container's sleep", kib(init), ""],
    ];
    if (this.others.has("conmon") && this.others.has("runc")) {
      rows.push(["conmon", kib(await this.#conmon()), ""]);
    }
    return "Memory of a detached container, in KiB: private to the process, " +
      "and with what the kernel keeps for it\n\n" +
      table(["", "private", "in all"], rows);
  }

  /** Many containers at once. */
  async crowd(): Promise<string> {
    const own = this.own();
    const names = Array.from({ length: CROWD }, (_, i) => `crowd-${i}`);
    const starts: number[] = [], deletes: number[] = [];
    for (const name of names) {
      starts.push(await this.shell.run(...own, ...this.#detached(name)));
    }
    const list = await this.shell.run(...own, "container", "list");
    for (const name of names) {
      deletes.push(
        await this.shell.run(...own, "container", "delete", "--force", name),
      );
    }
    const median = (times: number[]) =>
      quantile(times.toSorted((a, b) => a - b), 0.5).toFixed(1);
    const row = (what: string, times: number[]) => [
      what,
      median(times.slice(0, GROUP)),
      median(times.slice(-GROUP)),
    ];
    return `${CROWD} containers at once, in ms each; listing all takes ` +
      `${list.toFixed(1)} ms\n\n` + table(
        ["", `first ${GROUP}`, `last ${GROUP}`],
        [row("container run -d", starts), row("container delete", deletes)],
      );
  }

  /** Ends and deletes whatever is left, and removes the files; once. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#disposed ??= this.#dispose();
  }

  async #dispose(): Promise<void> {
    await this.shell[Symbol.asyncDispose]();
    await this.crunShell[Symbol.asyncDispose]();
    for (const group of [["container"], []]) {
      const list = await output(...this.own(), ...group, "list", "-q");
      for (const name of list.split("\n").filter(Boolean)) {
        await output(...this.own(), ...group, "delete", "--force", name);
      }
    }
    for (const name of ["crun", "runc"].filter((n) => this.others.has(n))) {
      const root = `${this.state}/${name}`;
      for (const id of directoryNames(root)) {
        await output(name, "--root", root, "delete", "--force", id);
      }
    }
    this.#counter?.[Symbol.dispose]();
    for (const directory of [this.directory, this.state]) {
      await Deno.remove(directory, { recursive: true });
    }
  }

  /** rkl with this benchmark's state. */
  own(): string[] {
    const root = `${this.state}/rkl`, dataRoot = `${this.directory}/data`;
    return [rkl, "--root", root, "--data-root", dataRoot];
  }

  #detached(name: string, ...flags: string[]): string[] {
    const run = ["container", "run", "-d", "--name", name, ...flags];
    return [...run, `${project}bundles/busybox`, "sleep", "1000"];
  }

  /** The other runtimes on the same bundle. */
  #rivals(): Record<string, Trial> {
    const { directory, state, others } = this;
    let count = 0;
    const trial = (name: string, shell: Shell): Trial => () =>
      shell.run(
        name,
        "--root",
        `${state}/${name}`,
        "run",
        "--bundle",
        `${directory}/true`,
        `bench-${Deno.pid}-${count++}`,
      );
    return {
      ...others.has("crun") && { "crun run": trial("crun", this.crunShell) },
      ...others.has("runc") && { "runc run": trial("runc", this.shell) },
    };
  }

  /**
   * Bytes of the host that each of some containers takes beside its processes:
   * what is charged to the cgroup of rkl, where its monitor stays.
   */
  async #besides(
    make: (name: string) => string[],
    remove: (name: string) => string[],
  ): Promise<number | undefined> {
    const counter = this.#counter ??
      MemoryCounter.create(`rkl-bench-${Deno.pid}`);
    if (!counter) return undefined;
    this.#counter = counter;
    await using shell = new Shell(this.directory);
    counter.add(shell.pid);
    const names = Array.from({ length: SAMPLE }, (_, i) => `memory-${i}`);
    const [first = "", ...others] = names;
    await shell.run(...make(first));
    const before = counter.read();
    for (const name of others) await shell.run(...make(name));
    const after = counter.read();
    for (const name of names) await this.shell.run(...remove(name));
    return (after - before) / others.length;
  }

  /** Private bytes of conmon beside a container of runc's. */
  async #conmon(): Promise<number> {
    const { directory, state, shell } = this;
    const id = `bench-conmon-${Deno.pid}`;
    const root = `${state}/runc`;
    const runc = await output("sh", "-c", "command -v runc");
    const options = {
      "--cid": id,
      "--cuuid": id,
      "--runtime": runc,
      "--bundle": `${directory}/sleep`,
      "--container-pidfile": `${directory}/conmon.container.pid`,
      "--conmon-pidfile": `${directory}/conmon.pid`,
      "--log-path": `k8s-file:${directory}/conmon.log`,
      "--socket-dir-path": directory,
      "--runtime-arg": `--root=${root}`,
    };
    await shell.run("conmon", ...Object.entries(options).flat());
    try {
      const read = () => Deno.readTextFileSync(`${directory}/conmon.pid`);
      // runc has created the container once its process has a pid
      const container = `${directory}/conmon.container.pid`;
      await until(() => Deno.statSync(container).size > 0);
      await shell.run("runc", "--root", root, "start", id);
      return privateMemory(Number(read()));
    } finally {
      await output("runc", "--root", root, "delete", "--force", id);
    }
  }

  /** Writes a bundle that runs `args` on busybox's root, limited. */
  async #writeBundle(name: string, args: string[]): Promise<void> {
    const busybox = `${project}bundles/busybox`;
    const config = JSON.parse(
      await Deno.readTextFile(`${busybox}/config.json`),
    );
    config.process.args = args;
    config.root.path = `${busybox}/rootfs`;
    Object.assign(config.linux.resources, LIMITS);
    await Deno.mkdir(`${this.directory}/${name}`);
    await Deno.writeTextFile(
      `${this.directory}/${name}/config.json`,
      JSON.stringify(config),
    );
  }
}

/**
 * A directory whose files are in memory, as those of /run are wherever an init
 * system mounted it; the usual place if there is none.
 */
function inMemory(): { dir?: string } {
  const mounts = Deno.readTextFileSync("/proc/mounts");
  const dir = ["/run", "/dev/shm"].find((path) =>
    mounts.includes(` ${path} tmpfs rw`)
  );
  return dir ? { dir } : {};
}

function directoryNames(path: string): string[] {
  try {
    return Array.from(Deno.readDirSync(path), ({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Waits until `condition` holds, for a second at most. */
async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    try {
      if (condition()) return;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("Cannot measure conmon: its container was not created");
}
