/**
 * Whether the kernel makes namespaces of each type: tried in a process that
 * takes them along.
 *
 * @module
 */
import { describeErrno, ERRNO } from "../../sys/errno.ts";
import { tryReadText } from "../../sys/entry.ts";
import { type Answer, type Finding, findingOf } from "../../sys/finding.ts";
import { named } from "../init/program.ts";
import { NAMESPACES, type NamespaceType } from "../namespaces.ts";
import { type Attempt, tryInProcess } from "./trial.ts";

/** What each type gives a container; the option for it, what works without. */
const SUBJECTS: Readonly<
  Record<NamespaceType, { why: string; remedy: string }>
> = {
  mount: {
    why: "gives a container a root filesystem of its own",
    remedy: "no container runs without",
  },
  pid: {
    why: "hides other processes from a container",
    remedy: "CONFIG_PID_NS; --pid host works without",
  },
  network: {
    why: "gives a container interfaces of its own",
    remedy: "CONFIG_NET_NS; --network host works without",
  },
  ipc: {
    why: "keeps shared memory and message queues apart",
    remedy: "CONFIG_IPC_NS; --ipc host works without",
  },
  uts: {
    why: "gives a container a hostname of its own",
    remedy: "CONFIG_UTS_NS; --uts host works without",
  },
  cgroup: {
    why: "hides the host's cgroups from a container",
    remedy: "CONFIG_CGROUPS; bundles without one work",
  },
  user: {
    why: "makes a container's root another user of the host",
    remedy:
      "CONFIG_USER_NS, and user.max_user_namespaces above 0; containers " +
      "without one work",
  },
  time: {
    why: "gives a container clocks of its own",
    remedy: "CONFIG_TIME_NS; containers without one work",
  },
};

/** Settings that keep who is not root from making user namespaces. */
const USER_LIMITS: readonly (readonly [name: string, forbids: string])[] = [
  ["kernel.unprivileged_userns_clone", "0"],
  ["kernel.apparmor_restrict_unprivileged_userns", "1"],
];

/** A finding for each type of namespace. */
export function findNamespaces(): Finding[] {
  const results = tryInProcess(ownNamespaces([...NAMESPACES.keys()]));
  return [...NAMESPACES.keys()].map((type) =>
    findingOf(
      { name: `${type}-namespace`, ...SUBJECTS[type] },
      answerOf(type, results.get(type)!),
    )
  );
}

/**
 * Attempts to make namespaces. Who is not root may make the others only in a
 * user namespace; root loses rights over what is the host's in one.
 */
export function ownNamespaces(types: readonly NamespaceType[]): Attempt[] {
  const others = types.filter((type) => type !== "user");
  const isRoot = Deno.uid() === 0;
  const order: NamespaceType[] = isRoot
    ? [...others, ...types.filter((type) => type === "user")]
    : ["user", ...others];
  return order.map((type) => {
    const { flag, name } = NAMESPACES.get(type)!;
    return { key: type, call: ["unshare", named(flag, name)] };
  });
}

function answerOf(type: NamespaceType, result: number): Answer {
  const limit = type === "user" ? userLimit() : "";
  if (result >= 0) {
    return { status: limit ? "limited" : "ok", detail: limit };
  }
  const detail = [describeErrno(-result), limit].filter(Boolean).join("; ");
  if (result === -ERRNO.EPERM!) return { status: "unknown", detail };
  return { status: "missing", detail };
}

/** What keeps others than root from making user namespaces, if anything. */
function userLimit(): string {
  return USER_LIMITS.filter(([name, forbids]) => setting(name) === forbids)
    .map(([name, forbids]) => `only root may: ${name}=${forbids}`)
    .join("; ");
}

function setting(name: string): string | undefined {
  return tryReadText(`/proc/sys/${name.replaceAll(".", "/")}`)?.trim();
}
