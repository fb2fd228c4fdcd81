/**
 * The files of a container, whether it runs or not.
 *
 * @module
 */
import { StatusError } from "../runtime/refusals.ts";
import type { Store } from "../runtime/store.ts";
import type { View } from "../runtime/view.ts";
import { rootSource, subPathsOf } from "./birth.ts";
import { find } from "./find.ts";
import { placeOf } from "./mount/place.ts";
import { type Container, containerDirectory, lockContainer } from "./store.ts";

/**
 * The files of a container: what it sees while it runs, else its root filesystem
 * with its volumes and bind mounts. It is kept from starting meanwhile.
 *
 * @param mounts Whether what is mounted in the root filesystem counts.
 * @throws {NoSuchContainerError | StatusError | InitError}
 */
export async function viewContainer(
  store: Store,
  name: string,
  { mounts }: { mounts: boolean },
): Promise<View> {
  const { viewBare, viewResting, viewRunning } = await import(
    "../runtime/view.ts"
  );
  for (;;) {
    const { container, status, record } = await find(store, name);
    if (status === "creating") {
      throw new StatusError("look at", name, status, "wait a moment");
    }
    if (status !== "stopped") {
      const running = viewRunning(record!.init!);
      if (!running) continue;
      if (mounts) return running;
      using _running = running;
      return await viewBare(record!.init!);
    }
    const lock = await lockContainer(store, container);
    try {
      // It may have been started while this waited for the lock.
      const found = await find(store, container.id);
      if (found.status === "stopped") {
        const resting = restingOf(store, found.container, mounts);
        const view = await viewResting(resting);
        return {
          root: view.root,
          [Symbol.dispose]() {
            view[Symbol.dispose]();
            lock[Symbol.dispose]();
          },
        };
      }
    } catch (error) {
      lock[Symbol.dispose]();
      throw error;
    }
    lock[Symbol.dispose]();
  }
}

function restingOf(store: Store, container: Container, withMounts: boolean) {
  const { config, mounts = [] } = container;
  const own = new Set(mounts.map(placeOf));
  return {
    source: rootSource(store, container),
    readonly: config.root.readonly,
    mounts: withMounts
      ? config.mounts.filter((mount) => own.has(placeOf(mount)))
      : [],
    subPaths: subPathsOf(container),
    at: containerDirectory(store, container.id),
  };
}
