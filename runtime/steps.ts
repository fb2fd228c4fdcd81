/**
 * The steps of a container's birth, as data: what the plan decides, what
 * `--dry-run` prints and what the init program is made of.
 *
 * @module
 */
import type { NamespaceType } from "./namespaces.ts";
import type { SeccompFilter } from "./seccomp/filter.ts";

/** Where the root filesystem comes from. */
export type RootSource =
  | { kind: "bind"; path: string }
  | {
    kind: "overlay";
    lower: string;
    upper: string;
    work: string;
    /** Nothing needs to reach the disk: it is removed with the container. */
    volatile: boolean;
  };

/** Attributes of one mount, as mount_setattr(2) takes them. */
export interface MountAttributes {
  set: number;
  clear: number;
  recursive: boolean;
}

/** One thing init does between clone and exec, in this order. */
export type Step =
  /** Moves itself into a v1 cgroup by writing 0 to its `tasks`. */
  | { op: "enterCgroup"; file: string }
  | { op: "joinNamespace"; type: NamespaceType; path: string }
  /** Enters the namespaces and the root of a running container's init. */
  | { op: "enterContainer"; flags: number; root: string }
  | { op: "unshare"; flags: number }
  /** After the ids of a user namespace are mapped. */
  | { op: "becomeRoot" }
  | { op: "loopbackUp" }
  | { op: "hostname"; name: string }
  | { op: "domainname"; name: string }
  /** Propagation of every mount, set on `/` before the root is made. */
  | { op: "propagation"; flags: number }
  | { op: "root"; source: RootSource; at: string; flags: number }
  /** A new filesystem. */
  | {
    op: "mount";
    target: string;
    type: string;
    source: string;
    flags: number;
    data: string;
    attributes: MountAttributes[];
    propagation: number;
    /** /proc and /sys must not be reached through links of the image. */
    noSymlinks: boolean;
  }
  /** A part of the host, or of the container itself. */
  | {
    op: "bind";
    target: string;
    source: string;
    /** In whose mount namespace the source is, by pid; the host's if absent. */
    from?: number;
    /** What in the source is bound, seen from there: no link leads out. */
    subPath?: string;
    recursive: boolean;
    directory: boolean;
    attributes: MountAttributes[];
    propagation: number;
  }
  /**
   * Takes hold of what a shared bind mount will show, while the mounts here are
   * still the host's peers.
   */
  | {
    op: "holdShared";
    target: string;
    source: string;
    from?: number;
    subPath?: string;
    recursive: boolean;
  }
  | { op: "symlink"; target: string; path: string }
  | {
    op: "device";
    path: string;
    mode: number;
    major: number;
    minor: number;
    uid: number;
    gid: number;
  }
  /** An empty directory, unless it is there. */
  | { op: "directory"; path: string }
  | { op: "readonlyPath"; path: string }
  | { op: "maskPath"; path: string }
  /** Makes a mount read-only that had to be written to until here. */
  | { op: "readonlyMount"; target: string }
  /** A file of the host: a sysctl, oom_score_adj. */
  | { op: "write"; file: string; value: string; what: string }
  /** Opens a file of the host's /proc, to be written by `enterProfile`. */
  | { op: "holdProfile"; file: string; value: string; what: string }
  | { op: "enterProfile" }
  | { op: "pivotRoot" }
  /** Makes a copy of the root its root, without what is mounted below. */
  | { op: "bareRoot" }
  /** Says that it is ready, and ends when nobody needs it any more. */
  | { op: "hold" }
  | { op: "moveRoot" }
  | { op: "rootPropagation"; flags: number }
  | { op: "newSession" }
  | {
    op: "console";
    uid: number;
    size?: { width: number; height: number };
    /** Whether it is /dev/console too: that of init is. */
    main: boolean;
  }
  | { op: "umask"; mask: number }
  | { op: "rlimit"; type: string; soft: bigint; hard: bigint }
  | {
    op: "credentials";
    uid: number;
    gid: number;
    groups: number[] | undefined;
    capabilities: CapabilitySets;
  }
  | { op: "noNewPrivileges" }
  | { op: "dieWithParent" }
  /** Before the credentials; where root may not enter it, after them. */
  | { op: "workingDirectory" | "workingDirectoryAsUser"; path: string }
  | { op: "find"; name: string; candidates: string[] }
  /** Tells the creator, and waits for `start`. */
  | { op: "gate" }
  /** Goes on in a child; the process itself stays and looks after it. */
  | {
    op: "reaper";
    /** What it may do itself: no more than the program. */
    capabilities: CapabilitySets;
    /** The program's. Or it could make, by ptrace(2), calls it is denied. */
    filter?: SeccompFilter;
  }
  | {
    op: "exec";
    args: string[];
    env: string[];
    keepFds: number;
    /** Installed so late that only execve(2) itself is seen by it. */
    filter?: SeccompFilter;
  };

/** Capability sets as bit masks. */
export interface CapabilitySets {
  bounding: bigint;
  effective: bigint;
  permitted: bigint;
  inheritable: bigint;
  ambient: bigint;
}
