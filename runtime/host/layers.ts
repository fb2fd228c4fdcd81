/**
 * Whether a container's filesystem can be made of layers here, and with other
 * ids: tried with mounts that nobody sees.
 *
 * @module
 */
import { describeErrno, ERRNO } from "../../sys/errno.ts";
import { exists, newEntry } from "../../sys/entry.ts";
import { AT, AT_FDCWD, Fd, O, open } from "../../sys/fd.ts";
import { type Answer, type Finding, findingOf } from "../../sys/finding.ts";
import { words } from "../../sys/memory.ts";
import { hostArch } from "../../sys/numbers.ts";
import { reap, signalPidfd } from "../../sys/process.ts";
import { trySyscall } from "../../sys/syscall.ts";
import { named, NULL } from "../init/program.ts";
import { pauseProgram } from "../init/pause.ts";
import { launch } from "../launch.ts";
import { CLONE } from "../namespaces.ts";
import { ownNamespaces } from "./namespaces.ts";
import { storageOf } from "./storage.ts";
import { type Attempt, tryInProcess } from "./trial.ts";

/** From linux/mount.h. */
const MS_REC_PRIVATE = named(0x44000, "MS_REC|MS_PRIVATE");

/**
 * Whether overlays can be mounted: over the filesystem of `containers`, where
 * writable layers are, or in memory where that is not there yet.
 */
export function findOverlay(containers: string): Finding {
  return findingOf({
    name: "overlay",
    why: "gives each container a writable layer over its image",
    remedy:
      "CONFIG_OVERLAY_FS, and --data-root on a filesystem that can hold " +
      "layers, such as ext4, xfs or btrfs; --rw works without",
  }, askOverlay(containers));
}

function askOverlay(containers: string): Answer {
  if (Deno.uid() !== 0) {
    return { status: "unknown", detail: "only root can try" };
  }
  const { fileSystem, place } = storageOf(containers);
  if (!exists(containers)) {
    const result = tryOverlay(place, [
      call("mount", "rkl", place, "tmpfs", 0, NULL),
    ]);
    const note = `not tried on ${fileSystem}`;
    return overlayAnswer(result, note, "memory");
  }
  const name = "overlay"; // no container's: it is never published
  using entry = newEntry(containers, `.${name}`, () => new Error(name));
  return overlayAnswer(tryOverlay(entry.directory, []), "", fileSystem);
}

/** The result of mounting an overlay below `place`, after `first`. */
function tryOverlay(place: string, first: readonly Attempt[]): number {
  const directory = (name: string) => `${place}/${name}`;
  const layers = ["lower", "upper", "work"].map((name) =>
    `${name}dir=${directory(name)}`
  );
  const results = tryInProcess([
    ...ownNamespaces(["mount"]),
    call("mount", NULL, "/", NULL, MS_REC_PRIVATE, NULL),
    ...first,
    ...["lower", "upper", "work", "merged"].map((name) =>
      call("mkdirat", AT_FDCWD, directory(name), 0o700)
    ),
    {
      key: "overlay",
      call: [
        "mount",
        "overlay",
        directory("merged"),
        "overlay",
        0,
        // Else its end would wait for the disk.
        [...layers, "volatile"].join(","),
      ],
    },
  ]);
  return results.get("overlay")!;
}

function call(...call: Attempt["call"]): Attempt {
  return { call };
}

function overlayAnswer(result: number, note: string, where: string): Answer {
  if (result >= 0) return { status: "ok", detail: note };
  const detail = `${where}: ${describeErrno(-result)}`;
  if (result === -ERRNO.EPERM!) return { status: "unknown", detail };
  const known = result !== -ERRNO.ENODEV!;
  return { status: known ? "limited" : "missing", detail };
}

/** Whether mounts of the filesystem of `path` can show files with other ids. */
export function findIdmapped(path: string): Finding {
  const { fileSystem, place } = storageOf(path);
  return findingOf({
    name: "idmapped-mounts",
    why: "lets a user namespace use files without changing whose they are",
    remedy: "Linux 5.12 and a filesystem that can do it; containers without " +
      "a user namespace work",
  }, idmappedAnswer(askIdmapped(place), fileSystem));
}

function idmappedAnswer(result: number, fileSystem: string): Answer {
  if (result >= 0) return { status: "ok", detail: fileSystem };
  const detail = `${fileSystem}: ${describeErrno(-result)}`;
  if (result === -ERRNO.EPERM!) return { status: "unknown", detail };
  return { status: "missing", detail };
}

/** The result of mapping the ids of a mount that is nowhere. */
function askIdmapped(path: string): number {
  const [OPEN_TREE_CLONE, MOUNT_ATTR_IDMAP] = [1, 0x100000];
  const tree = trySyscall(
    ...["open_tree", AT_FDCWD, path, OPEN_TREE_CLONE | O.CLOEXEC] as const,
  );
  if (tree < 0) return tree;
  using mount = new Fd(tree, path);
  using namespace = userNamespace();
  // struct mount_attr { u64 attr_set; u64 attr_clr; u64 propagation;
  //   u64 userns_fd; }
  const attributes = words(MOUNT_ATTR_IDMAP, 0, 0, namespace.number);
  return trySyscall(
    "mount_setattr",
    ...[mount.number, "", AT.EMPTY_PATH, attributes, attributes.length],
  );
}

/** A user namespace in which root is another. */
function userNamespace(): Fd {
  const SIGKILL = 9;
  const mappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
  const { pid, pidfd } = launch(pauseProgram().link(hostArch()).elf, {
    inherit: [],
    cloneFlags: CLONE.NEWUSER,
    uidMappings: mappings,
    gidMappings: mappings,
  });
  using child = pidfd;
  try {
    return open(`/proc/${pid}/ns/user`);
  } finally {
    signalPidfd(child, SIGKILL);
    reap(child, { wait: true });
  }
}
