/**
 * Facts of the machine that a test may need. A test that asks for one the
 * machine lacks is ignored, and says so: on the terminal, and in the report that
 * shows whether it ran on another machine.
 *
 * @example
 * ```ts
 * import { needs } from "./facts.ts";
 *
 * Deno.test({
 *   name: "rkl raises a hard limit",
 *   ...needs("root", "cap-sys-resource"),
 *   fn() {},
 * });
 * ```
 *
 * @module
 */

import { filtersVlans } from "../net/vlan_bridge.ts";

/** A fact by name; some take a parameter behind a colon. */
export type Fact = keyof typeof FACTS | `${keyof typeof FAMILIES}:${string}`;

/** What a skipped test leaves in the report: where it asked, and for what. */
export interface Skip {
  /** A path, relative to the working directory. */
  file: string;
  /** The line that called {@linkcode needs}. */
  line: number;
  /** The first fact that was missing, and what it means. */
  reason: string;
}

/** Where tests run: `host`, the development machine, or `vm`, the emulated one. */
const machine = Deno.env.get("RKL_TEST_MACHINE") ?? "host";

/** Facts without a parameter: what each means, and how it is seen. */
const FACTS = {
  "vm": {
    means: "the emulated machine, of which all is known",
    holds: () => machine === "vm",
  },
  "native": {
    means: "no emulated processor, on which a start of rkl takes a second",
    holds: () => machine !== "vm",
  },
  "root": {
    means: "user 0 makes namespaces, mounts and cgroups",
    holds: () => Deno.uid() === 0,
  },
  "cgroup-v2": {
    means: "the unified hierarchy has the controllers",
    holds: () => controllersOfV2().includes("memory"),
  },
  "cgroup-v1": {
    means: "the controllers are in v1 hierarchies",
    holds: () => controllersOfV1().includes("memory"),
  },
  "cap-sys-resource": {
    means: "a hard rlimit can be raised and oom_score_adj lowered",
    holds: () => hasCapability(24), // linux/capability.h
  },
  "apparmor": {
    means: "the kernel applies AppArmor profiles",
    holds: () => read("/sys/module/apparmor/parameters/enabled") === "Y",
  },
  "no-apparmor": {
    means: "a kernel without AppArmor, of which rkl is to tell",
    holds: () => read("/sys/module/apparmor/parameters/enabled") !== "Y",
  },
  "seccomp": {
    means: "the kernel runs seccomp filters",
    holds: () => read("/proc/self/status").includes("\nSeccomp_filters:"),
  },
  "libseccomp": {
    means: "the library whose decisions rkl's filters are compared with",
    holds: () => hasLibrary("libseccomp.so.2"),
  },
  "x86_64": {
    means: "a processor whose kernel runs programs of x86_64",
    holds: () => Deno.build.arch === "x86_64",
  },
  "ipv6": {
    means: "the kernel speaks IPv6",
    holds: () => exists("/proc/net/if_inet6"),
  },
  "swap": {
    means: "there is swap for a swap limit to limit",
    holds: () => read("/proc/swaps").split("\n").length > 1,
  },
  "vlan": {
    means: "the kernel has 802.1Q interfaces",
    holds: () => exists("/proc/net/vlan") || hasModule("8021q"),
  },
  "vlan-filtering": {
    means: "bridges keep VLANs apart",
    holds: () => hasVlanFiltering(),
  },
  "no-vlan-filtering": {
    means: "bridges that cannot, of which rkl is to tell",
    holds: () => !hasVlanFiltering(),
  },
  "ipvlan": {
    means: "the kernel has IPVLAN interfaces",
    holds: () => hasModule("ipvlan"),
  },
  "ifb": {
    means: "the kernel shapes what comes from a container (IFB, TBF)",
    holds: () => hasTool("ip") && hasTool("unshare") && makesLink("ifb"),
  },
  "runc": {
    means: "another runtime to compare with",
    holds: () => hasTool("runc"),
  },
  "crun": {
    means: "another runtime to compare with",
    holds: () => hasTool("crun"),
  },
  "qemu-aarch64": {
    means: "programs for aarch64 run here, emulated",
    holds: () =>
      Deno.build.arch === "aarch64" || hasTool("qemu-aarch64-static"),
  },
  "binutils": {
    means: "objdump disassembles what rkl assembled",
    holds: () => hasTool("objdump"),
  },
  "tmux": {
    means: "a terminal that a test can type into",
    holds: () => hasTool("tmux"),
  },
} satisfies Record<string, { means: string; holds: () => boolean }>;

/** Facts with a parameter. */
const FAMILIES = {
  "cgroup-controllers": {
    means: (name: string) => `the ${name} controller, of either version`,
    holds: (name: string) =>
      controllersOfV2().includes(name) || controllersOfV1().includes(name),
  },
  "kernel": {
    means: (least: string) => `a system call that came with Linux ${least}`,
    holds: (least: string) => compareVersions(Deno.osRelease(), least) >= 0,
  },
  "file": {
    means: (path: string) => `the file ${path}`,
    holds: exists,
  },
  "tool": {
    means: (name: string) => `the program ${name} in PATH`,
    holds: hasTool,
  },
} satisfies Record<string, {
  means: (parameter: string) => string;
  holds: (parameter: string) => boolean;
}>;

/** Says whether `fact` is true of this machine. */
export function has(fact: Fact): boolean {
  return look(fact).holds();
}

/** Software emulates the processor: a start of rkl takes 15 times as long. */
export const EMULATED = has("vm");

/**
 * Options for `Deno.test` that ignore the test unless all `facts` hold.
 *
 * @throws {TypeError} on a fact that nobody defined
 */
export function needs(...facts: Fact[]): { ignore: boolean } {
  const missing = facts.find((fact) => !has(fact));
  if (!missing) return { ignore: false };
  const reason = `needs ${missing} — ${look(missing).means}`;
  const skip: Skip = { ...caller(), reason };
  console.log(`SKIP ${skip.file}:${skip.line}: ${reason}`);
  const report = Deno.env.get("RKL_TEST_REPORT");
  if (report) {
    const line = JSON.stringify(skip) + "\n";
    Deno.writeTextFileSync(report, line, { append: true });
  }
  return { ignore: true };
}

function look(fact: Fact): { means: string; holds: () => boolean } {
  if (Object.hasOwn(FACTS, fact)) return FACTS[fact as keyof typeof FACTS];
  const [name, parameter] = fact.split(":");
  if (!parameter || !Object.hasOwn(FAMILIES, name!)) {
    throw new TypeError(`Unknown fact "${fact}": facts.ts lists them`);
  }
  const family = FAMILIES[name as keyof typeof FAMILIES];
  return {
    means: family.means(parameter),
    holds: () => family.holds(parameter),
  };
}

/** The place in a test file that called {@linkcode needs}. */
function caller(): { file: string; line: number } {
  const frames = new Error().stack!.matchAll(/file:\/\/(\/.*):(\d+):\d+/g);
  const here = new URL(import.meta.url).pathname;
  for (const [, path, line] of frames) {
    if (path === here) continue;
    const file = decodeURI(path!).replace(Deno.cwd() + "/", "");
    return { file, line: Number(line) };
  }
  return { file: "", line: 0 };
}

/** What /sys/fs/cgroup offers, where it is the unified hierarchy. */
function controllersOfV2(): string[] {
  return read("/sys/fs/cgroup/cgroup.controllers").split(" ");
}

/** The controllers that are bound to a v1 hierarchy, see cgroups(7). */
function controllersOfV1(): string[] {
  return read("/proc/self/cgroup").split("\n")
    .flatMap((line) => line.split(":")[1]!.split(","))
    .filter((name) => name && !name.startsWith("name="));
}

function hasCapability(bit: number): boolean {
  const mask = /^CapEff:\s*(\w+)/m.exec(read("/proc/self/status"))?.[1];
  return (BigInt(`0x${mask}`) >> BigInt(bit) & 1n) === 1n;
}

/** Whether the kernel has module `name`, loaded, built in or loadable. */
function hasModule(name: string): boolean {
  if (exists(`/sys/module/${name}`)) return true;
  const file = new RegExp(`/${name}\\.ko(\\.\\w+)?(:|$)`, "m");
  const home = `/lib/modules/${Deno.osRelease()}`;
  return ["modules.dep", "modules.builtin"].some((list) =>
    file.test(read(`${home}/${list}`))
  );
}

/** Tried in a network namespace of its own: no file tells of it. */
function hasVlanFiltering(): boolean {
  return Deno.uid() === 0 && filtersVlans();
}

/** Whether the kernel makes a link of that kind, in a namespace of its own. */
function makesLink(kind: string): boolean {
  const args = ["--net", "ip", "link", "add", "type", kind];
  const stderr = "null";
  return new Deno.Command("unshare", { args, stderr }).outputSync().success;
}

function hasTool(name: string): boolean {
  const folders = Deno.env.get("PATH")?.split(":") ?? [];
  return folders.some((folder) => exists(`${folder}/${name}`));
}

function hasLibrary(name: string): boolean {
  try {
    Deno.dlopen(name, {}).close();
    return true;
  } catch {
    return false;
  }
}

/** Compares the leading numbers of two releases, as in `6.1.0-56-amd64`. */
function compareVersions(a: string, b: string): number {
  const [x, y] = [a, b].map((text) => text.split(/[.-]/, 2).map(Number));
  return x![0]! - y![0]! || (x![1] ?? 0) - (y![1] ?? 0);
}

/** The file's text without its last newline; empty where it cannot be read. */
function read(path: string): string {
  try {
    return Deno.readTextFileSync(path).trimEnd();
  } catch {
    return "";
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
