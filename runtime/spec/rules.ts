/**
 * What the specification asks of several fields together.
 *
 * @module
 */
import type { Config } from "../spec.ts";
import { type Problem, showPath } from "../../sys/problem.ts";
import type { Namespace } from "./linux.ts";
import { brokenSeccompRules } from "./seccomp_rules.ts";
import { sysctlOwner, sysctlPath, SYSCTLS } from "./sysctl.ts";

/** A broken rule: the field it is told at, and why. */
type Broken = Pick<Problem, "path" | "message">;

/** Every broken rule of a configuration whose fields are right one by one. */
export function brokenRules(config: Config): Broken[] {
  return RULES.flatMap((rule) => [...rule(config)]);
}

type Rule = (config: Config) => Iterable<Broken>;

const RULES: readonly Rule[] = [
  args,
  rlimits,
  namespaces,
  idMappings,
  names,
  sysctls,
  devices,
  mounts,
  seccomp,
  timeOffsets,
  paths,
  cpu,
];

/** A program's name is looked up in PATH; the empty name is in no directory. */
function* args({ process }: Config): Iterable<Broken> {
  if (process.args[0] === "") {
    yield { path: "process.args[0]", message: 'expected a program, got ""' };
  }
}

function* seccomp({ linux }: Config): Iterable<Broken> {
  if (!linux.seccomp) return;
  for (const { keys, message } of brokenSeccompRules(linux.seccomp)) {
    yield { path: showPath(["linux", "seccomp", ...keys]), message };
  }
}

function* rlimits({ process }: Config): Iterable<Broken> {
  for (const [i, { type, soft, hard }] of process.rlimits.entries()) {
    const path = `process.rlimits[${i}]`;
    if (process.rlimits.findIndex((other) => other.type === type) !== i) {
      yield { path, message: `${type} is given twice` };
    }
    if (soft > hard) {
      const message = `expected at most the hard limit ${hard}, got ${soft}`;
      yield { path: `${path}.soft`, message };
    }
  }
}

function* namespaces({ linux }: Config): Iterable<Broken> {
  for (const [i, { type }] of linux.namespaces.entries()) {
    if (linux.namespaces.findIndex((other) => other.type === type) !== i) {
      const message = `the ${type} namespace is given twice`;
      yield { path: `linux.namespaces[${i}]`, message };
    }
  }
}

function* idMappings({ linux }: Config): Iterable<Broken> {
  const user = find(linux.namespaces, "user");
  for (const field of ["uidMappings", "gidMappings"] as const) {
    const path = `linux.${field}`;
    const given = linux[field].length > 0;
    if (user !== undefined && user.path === undefined && !given) {
      yield { path, message: "missing; a new user namespace needs one" };
    }
    if (user === undefined && given) {
      const message = 'needs {"type": "user"} in linux.namespaces';
      yield { path, message };
    }
  }
}

/** Setting a name outside a UTS namespace would rename the host. */
function* names(config: Config): Iterable<Broken> {
  for (const path of ["hostname", "domainname"] as const) {
    if (config[path] && !find(config.linux.namespaces, "uts")) {
      yield { path, message: 'needs {"type": "uts"} in linux.namespaces' };
    }
  }
}

function* sysctls(config: Config): Iterable<Broken> {
  for (const key of Object.keys(config.linux.sysctl)) {
    const path = showPath(["linux", "sysctl", key]);
    const file = sysctlPath(key);
    const owner = file === undefined ? undefined : sysctlOwner(file);
    if (owner === undefined) {
      const message = `would change the host; a container may set ${SYSCTLS}`;
      yield { path, message };
    } else if (!find(config.linux.namespaces, owner)) {
      const message = `needs {"type": "${owner}"} in linux.namespaces`;
      yield { path, message };
    } else if (file === "kernel/hostname" && config.hostname) {
      yield { path, message: "is set by hostname already" };
    } else if (file === "kernel/domainname" && config.domainname) {
      yield { path, message: "is set by domainname already" };
    }
  }
}

function* devices({ linux }: Config): Iterable<Broken> {
  for (const [i, device] of linux.devices.entries()) {
    if (device.type === "p") continue; // a FIFO has no number
    for (const field of ["major", "minor"] as const) {
      if (device[field] === undefined) {
        const message = `missing; ${device.path} of type ${device.type} ` +
          "needs one";
        yield { path: `linux.devices[${i}].${field}`, message };
      }
    }
  }
}

function* mounts({ mounts }: Config): Iterable<Broken> {
  for (const [i, mount] of mounts.entries()) {
    const path = `mounts[${i}]`;
    const bind = mount.options.some((o) => o === "bind" || o === "rbind");
    if (bind && (mount.source === "" || mount.source === "none")) {
      const message = `missing; the bind mount at ${mount.destination} ` +
        "needs one";
      yield { path: `${path}.source`, message };
    }
    if (
      (mount.uidMappings === undefined) !== (mount.gidMappings === undefined)
    ) {
      const message = "expected uidMappings and gidMappings together";
      yield { path, message };
    }
  }
}

function* timeOffsets({ linux }: Config): Iterable<Broken> {
  if (linux.timeOffsets === undefined) return;
  const time = find(linux.namespaces, "time");
  if (time === undefined || time.path !== undefined) {
    const message = 'needs a new {"type": "time"} in linux.namespaces';
    yield { path: "linux.timeOffsets", message };
  }
}

/** A cgroup outside the mount point cannot be meant. */
function* paths({ linux }: Config): Iterable<Broken> {
  if (linux.cgroupsPath?.split("/").includes("..")) {
    const message = `expected a path without "..", got "${linux.cgroupsPath}"`;
    yield { path: "linux.cgroupsPath", message };
  }
}

function* cpu({ linux }: Config): Iterable<Broken> {
  const { burst, quota } = linux.resources.cpu ?? {};
  if (
    burst !== undefined && quota !== undefined && quota > 0 && burst > quota
  ) {
    const message = `expected at most the quota ${quota}, got ${burst}`;
    yield { path: "linux.resources.cpu.burst", message };
  }
}

function find(
  namespaces: readonly Namespace[],
  type: Namespace["type"],
): Namespace | undefined {
  return namespaces.find((namespace) => namespace.type === type);
}
