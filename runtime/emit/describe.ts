/**
 * Steps in words.
 *
 * @module
 */
import { nameCloneFlags } from "../namespaces.ts";
import type { Step } from "../steps.ts";

/** How it begins what it says of the working directory. */
export const ENTER = "change to the working directory ";

/** What a step does, as it stands behind "cannot" in a message. */
export function describeStep(step: Step): string {
  switch (step.op) {
    case "enterCgroup":
      return `enter the cgroup of ${step.file}`;
    case "joinNamespace":
      return `join the ${step.type} namespace ${step.path}`;
    case "enterContainer":
      return "enter the container";
    case "unshare":
      return `make a new ${nameCloneFlags(step.flags)}`;
    case "becomeRoot":
      return "become root in the user namespace";
    case "loopbackUp":
      return "bring up the loopback interface";
    case "hostname":
    case "domainname":
      return `set the ${step.op} to ${step.name}`;
    case "propagation":
      return "keep the container's mounts from the host";
    case "rootPropagation":
      return "set linux.rootfsPropagation";
    case "root":
      return step.source.kind === "bind"
        ? `mount the root filesystem ${step.source.path}`
        : `mount an overlay over ${step.source.lower}`;
    case "mount":
      return `mount ${step.type} at ${step.target}`;
    case "bind":
      return step.subPath === undefined
        ? `bind ${step.source} at ${step.target}`
        : `bind ${step.subPath} of ${step.source} at ${step.target}`;
    case "holdShared":
      return `bind ${step.source} at ${step.target}`;
    case "reaper":
      return "start the program below init";
    case "symlink":
      return `link ${step.path} to ${step.target}`;
    case "device":
      return `make the device ${step.path}`;
    case "directory":
      return `make the directory ${step.path}`;
    case "readonlyPath":
      return `make ${step.path} read-only`;
    case "maskPath":
      return `mask ${step.path}`;
    case "readonlyMount":
      return step.target === "/"
        ? "make the root filesystem read-only"
        : `make ${step.target} read-only`;
    case "write":
    case "holdProfile":
      return step.what;
    case "pivotRoot":
    case "moveRoot":
    case "bareRoot":
      return "make the root filesystem the root";
    case "console":
      return "open a terminal";
    case "rlimit":
      return `set ${step.type} to ${step.soft}:${step.hard}`;
    case "noNewPrivileges":
      return "set no_new_privs";
    case "dieWithParent":
      return "ask to be killed with the monitor";
    case "workingDirectory":
    case "workingDirectoryAsUser":
      return `${ENTER}${step.path}`;
    default:
      return step.op;
  }
}
