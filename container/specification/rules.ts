/**
 * What several fields of a specification mean together: contradictions, and
 * what one has to say so that another means something.
 *
 * @module
 */
import { sysctlOwner, sysctlPath } from "../../runtime/spec/sysctl.ts";
import { namesOfOthers } from "../network/name_fields.ts";
import { containerOf } from "./sharing_fields.ts";
import type { Broken } from "../../sys/schema.ts";
import type { Specification } from "./specification.ts";

type Rule = (specification: Specification) => Iterable<Broken>;

/** Every broken rule of a specification whose fields are right one by one. */
export function* brokenRules(specification: Specification): Iterable<Broken> {
  for (const rule of RULES) yield* rule(specification);
}

const RULES: readonly Rule[] = [
  memory,
  swap,
  processor,
  security,
  user,
  sharedMemory,
  namesOfOthers,
  ports,
  sysctls,
];

function* memory(
  { resources: { limits, requests } }: Specification,
): Iterable<Broken> {
  if (limits.memory === 0) {
    yield [["resources", "limits", "memory"], "expected more than 0"];
  }
  if ((requests.memory ?? 0) > (limits.memory ?? Infinity)) {
    const message = "is more than resources.limits.memory";
    yield [["resources", "requests", "memory"], message];
  }
}

/** As docker has it; unlike there, nothing is ignored. */
function* swap(
  { resources: { limits }, memorySwap, oomKillDisable }: Specification,
): Iterable<Broken> {
  if (memorySwap !== undefined && memorySwap !== -1) {
    if (limits.memory === undefined) {
      const message = "needs resources.limits.memory, which it includes";
      yield [["memorySwap"], message];
    } else if (memorySwap < limits.memory) {
      const message = `is ${memorySwap} bytes, less than ` +
        `resources.limits.memory, ${limits.memory}, which it includes`;
      yield [["memorySwap"], message];
    }
  }
  if (oomKillDisable && limits.memory === undefined) {
    const message = "needs resources.limits.memory, or it would be the host " +
      "that runs out";
    yield [["oomKillDisable"], message];
  }
}

function* processor(spec: Specification): Iterable<Broken> {
  const { resources: { limits, requests } } = spec;
  if ((requests.cpu?.shares ?? 0) > (limits.cpu?.shares ?? Infinity)) {
    const message = "is more than resources.limits.cpu";
    yield [["resources", "requests", "cpu"], message];
  }
  for (const field of ["cpuPeriod", "cpuQuota"] as const) {
    if (spec[field] !== undefined && limits.cpu !== undefined) {
      const message = "cannot be set beside resources.limits.cpu, which is " +
        "both period and quota";
      yield [[field], message];
    }
  }
  const { cpuRtPeriod, cpuRtRuntime } = spec;
  if (cpuRtRuntime !== undefined && cpuRtPeriod !== undefined) {
    if (cpuRtRuntime > cpuRtPeriod) {
      yield [["cpuRtRuntime"], `is more than cpuRtPeriod, ${cpuRtPeriod}`];
    }
  }
}

function* security(
  { securityContext: context }: Specification,
): Iterable<Broken> {
  if (context.privileged && context.allowPrivilegeEscalation === false) {
    const message = "cannot be false when privileged is true";
    yield [["securityContext", "allowPrivilegeEscalation"], message];
  }
  if (context.runAsNonRoot && context.runAsUser === 0) {
    const message = "cannot be 0 when runAsNonRoot is true";
    yield [["securityContext", "runAsUser"], message];
  }
}

function* user(
  { user, securityContext }: Specification,
): Iterable<Broken> {
  if (user === undefined) return;
  for (const field of ["runAsUser", "runAsGroup"] as const) {
    if (securityContext[field] === undefined) continue;
    const message = "cannot be set beside user, which says the same";
    yield [["securityContext", field], message];
  }
}

/** Who has not its own /dev/shm has no say in its size. */
function* sharedMemory({ ipc, shmSize }: Specification): Iterable<Broken> {
  if (shmSize === undefined) return;
  if (shmSize === 0) yield [["shmSize"], "expected more than 0"];
  if (ipc === "none" || ipc === "host" || containerOf(ipc) !== undefined) {
    yield [["shmSize"], `cannot be set with ipc: ${ipc}`];
  }
}

/** Networks of which rkl cannot lead packets to one container. */
const MODES_WITHOUT_PORTS = ["none", "container", "namespace"];

function* ports(spec: Specification): Iterable<Broken> {
  const mode = spec.network?.kind ?? "networks";
  if (!MODES_WITHOUT_PORTS.includes(mode)) return;
  for (const [index, { hostPort }] of spec.ports.entries()) {
    if (hostPort === undefined) continue;
    const message = `cannot be published with network: ${mode}; leave it ` +
      "out, or connect the container to a network";
    yield [["ports", index, "hostPort"], message];
  }
}

/** A parameter of a namespace that is not the container's own. */
function* sysctls({ sysctls, ...spec }: Specification): Iterable<Broken> {
  const modes = new Map<string, string | undefined>([
    [
      "network",
      spec.network?.kind === "container"
        ? `container:${spec.network.name}`
        : spec.network?.kind,
    ],
    ["ipc", spec.ipc],
    ["uts", spec.uts],
  ]);
  for (const { name } of sysctls) {
    const owner = sysctlOwner(sysctlPath(name)!);
    const mode = modes.get(owner!);
    if (mode === "host") {
      yield [["sysctls", name], `would change the host with ${owner}: host`];
    } else if (containerOf(mode) !== undefined) {
      const message = `would change another container with ${owner}: ${mode}`;
      yield [["sysctls", name], message];
    }
  }
}
