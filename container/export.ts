/**
 * The root filesystem of a container as a tar archive.
 *
 * @module
 */
import type { Store } from "../runtime/store.ts";
import { type Fd, O } from "../sys/fd.ts";
import { reopen } from "../files/directory.ts";
import { TarWriter } from "../files/tar_write.ts";
import { viewContainer } from "./view.ts";

/**
 * Writes all that is in the root filesystem of a container, running or not; what
 * is mounted in it, its volumes too, is no part of that.
 *
 * @throws {NoSuchContainerError | StatusError | SyscallError}
 */
export async function exportContainer(
  store: Store,
  name: string,
  out: Fd,
): Promise<void> {
  using view = await viewContainer(store, name, { mounts: false });
  using root = reopen(view.root, O.RDONLY | O.DIRECTORY);
  const writer = new TarWriter(out);
  writer.addInside(root);
  writer.end();
}
