/**
 * How much room files take on disk.
 *
 * @module
 */

/** Of what `st_blocks` counts, on every filesystem; see stat(2). */
const BLOCK = 512;

/**
 * The bytes that a file, or a directory and all in it, takes. A file with
 * several names counts once; what vanishes meanwhile does not count, nor does
 * what lies deeper than a path can say.
 */
export function sizeOfTree(path: string): number {
  const met = new Set<string>();
  const left = [path];
  let size = 0;
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    try {
      const { blocks, nlink, dev, ino, isDirectory } = Deno.lstatSync(path);
      const key = `${dev}:${ino}`;
      const several = !isDirectory && (nlink ?? 1) > 1;
      if (several && met.has(key)) continue;
      if (several) met.add(key);
      size += (blocks ?? 0) * BLOCK;
      if (!isDirectory) continue;
      for (const { name } of Deno.readDirSync(path)) {
        left.push(`${path}/${name}`);
      }
    } catch (error) {
      const { code } = error as { code?: string };
      if (code !== "ENOENT" && code !== "ENAMETOOLONG") throw error;
    }
  }
  return size;
}
