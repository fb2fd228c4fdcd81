/**
 * What Deno keeps of what it has compiled, so that the built rkl starts faster.
 * It may be removed at any time: each command makes its own part again.
 *
 * @module
 */
import { sizeOfTree } from "../sys/tree_size.ts";

/** Where it is. All builds of rkl on a host share it. */
export const COMPILED = "/var/cache/rkl";

/** Bytes: a build takes some 5 MiB, and leaves them when there is another. */
const MOST = 64 << 20;

/** Removes all of it where builds that are gone have left too much. */
export function sweepCompiled(directory = COMPILED, most = MOST): void {
  if (sizeOfTree(directory) <= most) return;
  Deno.removeSync(directory, { recursive: true });
}
