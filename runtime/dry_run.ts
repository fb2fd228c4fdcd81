/**
 * The plan of a container in words: what `--dry-run` prints.
 *
 * @module
 */
import { formatRule } from "./cgroup/devices.ts";
import type { CgroupPlan } from "./cgroup/plan.ts";
import { buildProgram } from "./create.ts";
import { named } from "./init/program.ts";
import { nameCloneFlags } from "./namespaces.ts";
import { type ContainerPlan, planContainer, type Request } from "./request.ts";
import { seccompOf } from "./seccomp/filter.ts";
import { directoryOf, type Store } from "./store.ts";

/**
 * Every step of creating a container, a line each, in the words of strace:
 * the cgroup's files, then the system calls of the init program. Nothing is
 * done.
 *
 * @throws {PlanError | CgroupError} as creating it would
 */
export async function dryRun(
  store: Store,
  request: Request,
): Promise<string[]> {
  const directory = directoryOf(store, request.id);
  const plan = await planContainer(store, request, directory);
  const { rows } = buildProgram(plan, request, {
    report: named(-1, "FAILURE"),
    ready: named(-1, "READY"),
    gate: named(-1, "START"),
    console: named(-1, "CONSOLE"),
    init: named(-1, "INIT"),
  });
  const flags = nameCloneFlags(plan.init.namespaces.cloneFlags);
  return [
    ...plan.warnings.map((warning) => `# warning: ${warning}`),
    ...describeCgroup(plan.cgroup),
    ...await describeFilter(request),
    `clone3({flags=${flags}${plan.cgroup.into ? "|CLONE_INTO_CGROUP" : ""}})`,
    ...describeUser(plan, request),
    ...rows.map(({ text }, index) => `${index}: ${text}`),
  ];
}

/** What the filter does that the last row but one installs. */
async function describeFilter(
  { config, builtinSeccomp = false }: Request,
): Promise<string[]> {
  const seccomp = await seccompOf(config, builtinSeccomp);
  if (!seccomp) return [];
  const { describeSeccomp } = await import("./seccomp/describe.ts");
  return describeSeccomp(seccomp);
}

/** What is done for the init of a new user namespace before it goes on. */
function describeUser(
  { init, cgroup }: ContainerPlan,
  { config }: Request,
): string[] {
  if (!init.namespaces.isNew("user")) return [];
  const { uidMappings = [], gidMappings = [] } = config.linux ?? {};
  const map = (file: string, mappings: typeof uidMappings) =>
    mappings.map(({ containerID, hostID, size }) =>
      `write("/proc/PID/${file}", "${containerID} ${hostID} ${size}")`
    );
  return [
    ...cgroup.join.map((file) => `write("${file}", "PID")`),
    ...map("uid_map", uidMappings),
    ...map("gid_map", gidMappings),
  ];
}

function describeCgroup(plan: CgroupPlan): string[] {
  return [
    ...plan.dirs.map((dir) => `mkdir("${dir}")`),
    ...plan.enable.flatMap(({ file, controllers }) =>
      controllers.map((name) => `write("${file}", "+${name}")`)
    ),
    ...plan.inherit.map((dir) =>
      `copy cpuset.cpus and cpuset.mems to "${dir}"`
    ),
    ...plan.writes.map(({ file, value }) => `write("${file}", "${value}")`),
    ...(plan.devices
      ? plan.devices.rules.map((rule) =>
        `bpf(BPF_PROG_ATTACH, "${plan.into}", "${formatRule(rule)}")`
      )
      : []),
  ];
}
