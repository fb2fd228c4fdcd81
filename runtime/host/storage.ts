/**
 * Where state is kept: on which filesystem, and how much room there is.
 *
 * @module
 */
import { exists } from "../../sys/entry.ts";
import { trySyscall } from "../../sys/syscall.ts";
import { hostMounts, type Mounted } from "../../sys/mountinfo.ts";

/** A directory of rkl's, as the host has it. */
export interface Storage {
  readonly path: string;
  /** The directory itself, or where it would be: the nearest that is there. */
  readonly place: string;
  /** The type of its filesystem, such as `ext4`. */
  readonly fileSystem: string;
  /** Where that is mounted. */
  readonly mount: string;
  /** Bytes. */
  readonly size: number;
  /** Bytes that are left for those without root's reserve. */
  readonly free: number;
}

/** What holds an absolute path, whether it is there or not. */
export function storageOf(path: string): Storage {
  const place = nearest(path);
  const real = Deno.realPathSync(place);
  const { type, mount } = mountOf(hostMounts(), real);
  const { size, free } = roomAt(real);
  return { path, place, fileSystem: type, mount, size, free };
}

/** The mount that a path is on: the last of those around it. */
export function mountOf(mounts: readonly Mounted[], path: string): Mounted {
  const around = mounts.filter(({ mount }) =>
    mount === "/" || path === mount || path.startsWith(`${mount}/`)
  );
  return around.reduce((best, one) =>
    one.mount.length >= best.mount.length ? one : best
  );
}

function nearest(path: string): string {
  for (let at = path;; at = at.slice(0, at.lastIndexOf("/"))) {
    if (at === "" || exists(at)) return at || "/";
  }
}

function roomAt(path: string): { size: number; free: number } {
  // struct statfs of both architectures: u64 f_type, f_bsize, f_blocks,
  // f_bfree, f_bavail, …
  const fields = new BigInt64Array(15);
  const result = trySyscall("statfs", path, new Uint8Array(fields.buffer));
  if (result < 0) return { size: 0, free: 0 };
  const [, block = 0n, blocks = 0n, , available = 0n] = fields;
  return { size: Number(blocks * block), free: Number(available * block) };
}
