/**
 * The first use of an empty volume: it gets what the image has where it is
 * mounted.
 *
 * The copy is made as `_new`, beside `_data`. Whole, it is called `_full`, and
 * what is in it moves to `_data`. So whoever comes after one that was killed
 * sees how far that was: `_new` is removed, `_full` goes on moving.
 *
 * @module
 */
import type { Store } from "../runtime/store.ts";
import { exists } from "../sys/entry.ts";
import { SyscallError } from "../sys/errors.ts";
import { type Fd, O, open, openInRoot } from "../sys/fd.ts";
import { removeTree } from "../sys/remove_tree.ts";
import { syscall } from "../sys/syscall.ts";
import { copyInside } from "../files/copy_tree.ts";
import { listNames, nameOf, openDirectory } from "../files/directory.ts";
import { dress } from "../files/make.ts";
import { look } from "../files/node.ts";
import { readXattrs } from "../files/xattr.ts";
import { volumeDirectory } from "./store.ts";
import { VolumeError } from "./volume.ts";

const [NEW, FULL, DATA] = ["_new", "_full", "_data"];

/**
 * Copies what is at `path` of an image into a volume that is empty; one that is
 * not, or an image that has nothing there, stays as it is. The caller holds the
 * volume's lock.
 *
 * @param rootfs The root filesystem of the image; no link in it leads out.
 * @throws {VolumeError | CopyError}
 */
export function fillVolume(
  store: Store,
  name: string,
  rootfs: string,
  path: string,
): void {
  const directory = volumeDirectory(store, name);
  using volume = open(directory, O.RDONLY | O.DIRECTORY);
  settleFill(volume);
  using data = openDirectory(volume.number, nameOf(DATA!));
  if (listNames(data).length > 0) return;
  using source = openSource(rootfs, path, name);
  if (!source) return;
  Deno.mkdirSync(`${directory}/${NEW}`, { mode: 0o700 });
  try {
    using copy = openDirectory(volume.number, nameOf(NEW!));
    copyInside(source, copy, { special: true });
    dress(copy, attributesOf(source));
  } catch (error) {
    removeTree(`${directory}/${NEW}`);
    throw error;
  }
  Deno.renameSync(`${directory}/${NEW}`, `${directory}/${FULL}`);
  settleFill(volume);
}

/**
 * Finishes or undoes what one began to fill who was killed. The caller holds
 * the volume's lock.
 */
export function settleVolume(store: Store, name: string): void {
  using volume = open(volumeDirectory(store, name), O.RDONLY | O.DIRECTORY);
  settleFill(volume);
}

function settleFill(volume: Fd): void {
  const directory = volume.path;
  if (exists(`${directory}/${NEW}`)) removeTree(`${directory}/${NEW}`);
  if (!exists(`${directory}/${FULL}`)) return;
  {
    using full = openDirectory(volume.number, nameOf(FULL!));
    using data = openDirectory(volume.number, nameOf(DATA!));
    const attributes = attributesOf(full); // moving changes its times
    for (const name of listNames(full)) {
      syscall("renameat", full.number, name, data.number, name);
    }
    dress(data, attributes);
  }
  removeTree(`${directory}/${FULL}`);
}

function attributesOf(directory: Fd) {
  const xattrs = readXattrs(directory.number);
  return { ...look(directory.number), xattrs };
}

/** The directory of the image; undefined where it has nothing there. */
function openSource(
  rootfs: string,
  path: string,
  volume: string,
): Fd | undefined {
  using root = open(rootfs, O.PATH | O.DIRECTORY);
  try {
    return openInRoot(root, path, O.RDONLY | O.DIRECTORY);
  } catch (error) {
    const code = error instanceof SyscallError ? error.code : "";
    if (code === "ENOENT") return undefined;
    if (code !== "ENOTDIR") throw error;
    throw new VolumeError(
      `cannot mount volume "${volume}" at ${path}: the image has a file there`,
      { cause: error },
    );
  }
}
