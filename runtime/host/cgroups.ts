/**
 * What of a container can be limited here, and where the host keeps it.
 *
 * @module
 */
import { describeErrno } from "../../sys/errno.ts";
import { SyscallError } from "../../sys/errors.ts";
import { tryReadText } from "../../sys/entry.ts";
import { type Answer, type Finding, findingOf } from "../../sys/finding.ts";
import { loadDeviceProgram } from "../cgroup/device_attach.ts";
import { deviceProgram } from "../cgroup/device_filter.ts";
import { children, exists } from "../cgroup/files.ts";
import type { Hierarchies } from "../cgroup/hierarchies.ts";

/** A controller, and where it is. */
export interface Controller {
  readonly name: string;
  readonly version: "v1" | "v2";
  readonly mount: string;
}

/** What can be limited: its names in v1 and v2, and what that is good for. */
interface Limited {
  readonly name: string;
  readonly v1?: string;
  readonly v2?: string;
  readonly why: string;
  readonly option: string;
}

const LIMITS: readonly Limited[] = [
  {
    name: "memory",
    v1: "memory",
    v2: "memory",
    why: "limits and counts memory",
    option: "CONFIG_MEMCG (cgroup_enable=memory when booting)",
  },
  {
    name: "cpu",
    v1: "cpu",
    v2: "cpu",
    why: "limits processor time",
    option: "CONFIG_CFS_BANDWIDTH",
  },
  {
    name: "cpuset",
    v1: "cpuset",
    v2: "cpuset",
    why: "chooses processors",
    option: "CONFIG_CPUSETS",
  },
  {
    name: "pids",
    v1: "pids",
    v2: "pids",
    why: "limits how many processes there are",
    option: "CONFIG_CGROUP_PIDS",
  },
  {
    name: "io",
    v1: "blkio",
    v2: "io",
    why: "limits reads and writes",
    option: "CONFIG_BLK_CGROUP",
  },
  {
    name: "hugetlb",
    v1: "hugetlb",
    v2: "hugetlb",
    why: "limits huge pages",
    option: "CONFIG_CGROUP_HUGETLB",
  },
];

const INSTEAD = "; containers without that limit work";

/** All controllers of the host, by name. */
export function listControllers({ unified, v1 }: Hierarchies): Controller[] {
  const v2 = [...unified?.controllers ?? []].map((name): Controller => ({
    name,
    version: "v2",
    mount: unified!.mount,
  }));
  const old = [...v1].map(([name, { mount }]): Controller => ({
    name,
    version: "v1",
    mount,
  }));
  return [...v2, ...old].sort((a, b) => a.name < b.name ? -1 : 1);
}

/** Findings about what can be limited. */
export function findCgroups(hierarchies: Hierarchies): Finding[] {
  const controllers = listControllers(hierarchies);
  const find = (name: string | undefined, version: "v1" | "v2") =>
    controllers.find((one) => one.name === name && one.version === version);
  const limits = LIMITS.map(({ name, v1, v2, why, option }) => {
    const found = find(v2, "v2") ?? find(v1, "v1");
    return findingOf(
      { name: `cgroup-${name}`, why, remedy: option + INSTEAD },
      found
        ? { status: "ok", detail: `${found.version}, ${found.mount}` }
        : { status: "missing", detail: "" },
    );
  });
  return [
    ...limits,
    findSwap(find("memory", "v2"), find("memory", "v1")),
    findFreezer(hierarchies),
    findDevices(find("devices", "v1")),
  ];
}

/** Whether swap is counted; v2's root cgroup has no limits, others have. */
function findSwap(
  v2: Controller | undefined,
  v1: Controller | undefined,
): Finding {
  const files = v2
    ? children(v2.mount).map((dir) => `${dir}/memory.swap.max`)
    : v1
    ? [`${v1.mount}/memory.memsw.limit_in_bytes`]
    : [];
  const swaps = (tryReadText("/proc/swaps") ?? "").trim().split("\n").length;
  const note = swaps > 1 ? "" : "the host has no swap";
  // Of v2 nothing can be seen where no cgroup has limits of memory yet.
  const answer: Answer = files.some(exists) || (v2 && note)
    ? { status: "ok", detail: note }
    : v2
    ? { status: "unknown", detail: "no cgroup has memory to look at" }
    : { status: "missing", detail: note };
  return findingOf({
    name: "cgroup-swap",
    why: "limits swap",
    remedy: "CONFIG_SWAP (swapaccount=1 when booting)" + INSTEAD,
  }, answer);
}

function findFreezer({ unified, v1 }: Hierarchies): Finding {
  const old = v1.get("freezer");
  const home = unified ?? old;
  return findingOf({
    name: "freezer",
    why: "pauses containers",
    remedy: "cgroup v2, or CONFIG_CGROUP_FREEZER; all but pause works without",
  }, {
    status: home ? "ok" : "missing",
    detail: home ? `${unified ? "v2" : "v1"}, ${home.mount}` : "",
  });
}

/** Devices are granted by v1's controller where there is one, else by eBPF. */
function findDevices(v1: Controller | undefined): Finding {
  return findingOf({
    name: "device-rules",
    why: "keeps containers from devices",
    remedy: "CONFIG_CGROUP_BPF and CONFIG_BPF_SYSCALL, or v1's controller " +
      "devices; containers without device rules work",
  }, v1 ? { status: "ok", detail: `v1, ${v1.mount}` } : askDeviceProgram());
}

/** Whether the kernel takes a device program; it is attached to nothing. */
export function askDeviceProgram(): Answer {
  try {
    using _program = loadDeviceProgram(
      deviceProgram({ allow: true, rules: [] }),
    );
    return { status: "ok", detail: "v2, eBPF" };
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    const status = error.code === "EPERM" ? "unknown" : "missing";
    return { status, detail: describeErrno(error.errno) };
  }
}
