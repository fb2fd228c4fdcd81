/**
 * The two sides of a copy: where they are looked up, and what is there.
 *
 * @module
 */
import type { Store } from "../runtime/store.ts";
import { SyscallError } from "../sys/errors.ts";
import { type Fd, O, open, openInRoot } from "../sys/fd.ts";
import { resolveAsText, resolvePath } from "../sys/path.ts";
import { look } from "../files/node.ts";
import { resolveId } from "./name_index.ts";
import { viewContainer } from "./view.ts";

/** One side of a copy. */
export interface CopyEnd {
  /** The host's where left out. */
  readonly container?: string;
  /** As it is written: a trailing `/` or `/.` means something. */
  readonly path: string;
}

/** What is to be copied is not there, or cannot go where it is to go. */
export class CopyRefusal extends Error {
  /** Tells it from other errors. */
  override readonly name = "CopyRefusal";
}

/** Where a side is looked up. */
export interface Side extends Disposable {
  /** Undefined on the host, where a link leads where it leads. */
  readonly root: Fd | undefined;
  /** What it is called in messages. */
  readonly label: string;
  /** As the kernel gets it. */
  readonly path: string;
  /** The last part of the path. */
  readonly base: string;
  /** Ends with `/` or `/.`: what is there has to be a directory. */
  readonly isDirectory: boolean;
  /** Ends with `/.`: what is in the directory. */
  readonly isContent: boolean;
}

function sideOf({ container, path }: CopyEnd): Omit<Side, "root"> {
  const directory = container === undefined ? Deno.cwd() : "/";
  const whole = resolvePath(path, directory);
  const text = resolveAsText(path, directory);
  return {
    label: container === undefined ? path : `${container}:${path}`,
    path: whole,
    base: text.slice(text.lastIndexOf("/") + 1),
    isDirectory: /(^|\/)\.?$/.test(path),
    isContent: /(^|\/)\.$/.test(path),
    [Symbol.dispose]() {},
  };
}

/**
 * Both sides. What does not run is locked: one container once, and two in an
 * order that others keep too.
 */
export async function openSides(
  store: Store,
  from: CopyEnd,
  to: CopyEnd,
): Promise<{ source: Side; target: Side } & Disposable> {
  const [fromId, toId] = [from, to].map(({ container }) =>
    container === undefined ? "" : resolveId(store, container) ?? container
  ) as [string, string];
  using opened = new DisposableStack();
  const open = async (end: CopyEnd) => opened.use(await openSide(store, end));
  let source: Side, target: Side;
  if (fromId === toId) {
    source = await open(from);
    target = { ...sideOf(to), root: source.root };
  } else if (fromId < toId) {
    source = await open(from);
    target = await open(to);
  } else {
    target = await open(to);
    source = await open(from);
  }
  const all = opened.move();
  return { source, target, [Symbol.dispose]: () => all.dispose() };
}

/** One side, held until disposed of. */
export async function openSide(store: Store, end: CopyEnd): Promise<Side> {
  const side = sideOf(end);
  if (end.container === undefined) return { ...side, root: undefined };
  const view = await viewContainer(store, end.container, { mounts: true });
  return {
    ...side,
    root: view.root,
    [Symbol.dispose]: () => view[Symbol.dispose](),
  };
}

/** What is at the end of a side; undefined where nothing is. */
export function openEnd(
  { root, path, label }: Pick<Side, "root" | "path" | "label">,
  follow: boolean,
): Fd | undefined {
  const flags = O.PATH | (follow ? 0 : O.NOFOLLOW);
  try {
    return root ? openInRoot(root, path, flags) : open(path, flags);
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    if (error.code === "ENOENT") return undefined;
    throw new CopyRefusal(`cannot open ${label}: ${error.message}`, {
      cause: error,
    });
  }
}

/**
 * What is at the end of a side from which is copied.
 *
 * @throws {CopyRefusal}
 */
export function openSource(side: Side, followLink: boolean): Fd {
  const held = openEnd(side, followLink || side.isDirectory);
  if (!held) throw new CopyRefusal(`there is no ${side.label}`);
  if (!side.isDirectory || look(held.number).kind === "directory") return held;
  held[Symbol.dispose]();
  throw new CopyRefusal(`${side.label} is not a directory`);
}
