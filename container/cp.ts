/**
 * Copying files between containers and the host, by docker's rules.
 *
 * A container may run and swap links meanwhile: its side is looked up below its
 * root, and what is found is held by descriptors (`files/copy_tree.ts`).
 *
 * @module
 */
import type { Store } from "../runtime/store.ts";
import { type Fd, O } from "../sys/fd.ts";
import { copyContent } from "../files/content.ts";
import { copyHeld, copyInside, type CopyRules } from "../files/copy_tree.ts";
import { nameOf, reopen } from "../files/directory.ts";
import { dress } from "../files/make.ts";
import { look, type Node } from "../files/node.ts";
import { unpackTar } from "../files/tar_read.ts";
import { TarWriter } from "../files/tar_write.ts";
import {
  type CopyEnd,
  CopyRefusal,
  openEnd,
  openSide,
  openSides,
  openSource,
  type Side,
} from "./cp_side.ts";

export { type CopyEnd, CopyRefusal } from "./cp_side.ts";

/** How it is copied. */
export interface CopyOptions {
  /** Owners, and what else only root may give, stay as they are. */
  readonly archive?: boolean;
  /** A link that is the source itself is followed. */
  readonly followLink?: boolean;
  /** Told of what is left out. */
  readonly warn?: (message: string) => void;
}

/**
 * Copies a file or directory; returns how many bytes of content that were.
 *
 * @throws {CopyRefusal | CopyError | NoSuchContainerError}
 */
export async function copyFiles(
  store: Store,
  from: CopyEnd,
  to: CopyEnd,
  options: CopyOptions = {},
): Promise<number> {
  using sides = await openSides(store, from, to);
  const { source, target } = sides;
  using held = openSource(source, options.followLink ?? false);
  let size = 0;
  const { archive = false, warn } = options;
  const rules: CopyRules = {
    ...(!archive && { owner: { uid: Deno.uid()!, gid: Deno.gid()! } }),
    special: archive || to.container !== undefined,
    copied: (length) => size += length,
    ...(warn && { warn }),
  };
  copyTo(source, held, target, rules);
  return size;
}

/**
 * Writes a file or directory of a container as a tar archive.
 *
 * @throws {CopyRefusal | NoSuchContainerError}
 */
export async function copyToArchive(
  store: Store,
  from: CopyEnd,
  out: Fd,
  { followLink = false }: CopyOptions = {},
): Promise<void> {
  using source = await openSide(store, from);
  using held = openSource(source, followLink);
  const writer = new TarWriter(out);
  if (source.isContent || source.base === "") {
    using directory = reopen(held, O.RDONLY | O.DIRECTORY);
    writer.addInside(directory);
  } else {
    writer.addHeld(held, new TextEncoder().encode(source.base));
  }
  writer.end();
}

/**
 * Unpacks a tar archive into a directory of a container; who owns what is the
 * archive's to say.
 *
 * @throws {CopyRefusal | TarError | NoSuchContainerError}
 */
export async function copyFromArchive(
  store: Store,
  input: Fd,
  to: CopyEnd & { readonly container: string },
): Promise<void> {
  using target = await openSide(store, to);
  using held = openEnd(target, true);
  if (!held || look(held.number).kind !== "directory") {
    throw new CopyRefusal(
      `${target.label} must be a directory to unpack an archive in`,
    );
  }
  const root = target.root!; // the host's side never gets an archive
  unpackTar(input, { root, directory: target.path });
}

/** What is done with a source, by what is at its target. */
function copyTo(source: Side, held: Fd, target: Side, rules: CopyRules): void {
  const node = look(held.number);
  using there = openEnd(target, true);
  const over = there && look(there.number);
  if (!there || !over) return copyNew(source, held, node, target, rules);
  if (over.identity === node.identity) {
    const what = node.kind === "directory" ? "directory" : "file";
    throw new CopyRefusal(
      `${source.label} and ${target.label} are the same ${what}`,
    );
  }
  if (over.kind === "directory") {
    if (source.isContent || source.base === "") {
      return copyContents(held, there, rules);
    }
    using directory = reopen(there, O.RDONLY | O.DIRECTORY);
    const place = { at: directory.number, name: nameOf(source.base) };
    return copyHeld(held, place, rules);
  }
  if (target.isDirectory) {
    throw new CopyRefusal(`${target.label} is not a directory`);
  }
  if (node.kind === "directory") {
    throw new CopyRefusal(
      `cannot copy the directory ${source.label} over ${target.label}, ` +
        "which is none",
    );
  }
  if (over.kind !== "file" || node.kind !== "file") {
    const [what, whose] = over.kind === "file"
      ? [node, source]
      : [over, target];
    throw new CopyRefusal(
      `cannot copy ${source.label} over ${target.label}: ` +
        `${whose.label} is ${INDEFINITE[what.kind]}`,
    );
  }
  overwrite(held, node, there, rules);
}

const INDEFINITE: Readonly<Record<Node["kind"], string>> = {
  file: "a file",
  directory: "a directory",
  link: "a symbolic link",
  character: "a character device",
  block: "a block device",
  fifo: "a FIFO",
  socket: "a socket",
};

/** To a name that nothing has yet. */
function copyNew(
  source: Side,
  held: Fd,
  node: Node,
  target: Side,
  rules: CopyRules,
): void {
  const isDirectory = node.kind === "directory";
  if (target.isDirectory && !isDirectory) {
    throw new CopyRefusal(`there is no directory ${target.label}`);
  }
  using link = openEnd(target, false);
  if (link) {
    throw new CopyRefusal(
      `${target.label} is a link to what is not there`,
    );
  }
  const slash = target.path.lastIndexOf("/");
  const path = target.path.slice(0, slash) || "/";
  using parent = openEnd({ ...target, path }, true);
  if (!parent || look(parent.number).kind !== "directory") {
    throw new CopyRefusal(
      `cannot copy ${source.label} to ${target.label}: there is no directory ` +
        `${path}${target.root ? " in the container" : ""}`,
    );
  }
  using directory = reopen(parent, O.RDONLY | O.DIRECTORY);
  const name = nameOf(target.path.slice(slash + 1));
  copyHeld(held, { at: directory.number, name }, rules);
}

function copyContents(from: Fd, to: Fd, rules: CopyRules): void {
  using source = reopen(from, O.RDONLY | O.DIRECTORY);
  using target = reopen(to, O.RDONLY | O.DIRECTORY);
  copyInside(source, target, rules);
}

/** Into a file that is there: it may be mounted, or have other names. */
function overwrite(from: Fd, node: Node, to: Fd, rules: CopyRules): void {
  using source = reopen(from, O.RDONLY);
  using target = reopen(to, O.WRONLY | O.TRUNC);
  copyContent(source, target, node);
  rules.copied?.(node.size);
  const SET_ID = 0o6000;
  dress(target, {
    ...node,
    ...rules.owner,
    mode: rules.special ? node.mode : node.mode & ~SET_ID,
    xattrs: new Map(),
  });
}
