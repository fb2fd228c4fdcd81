/**
 * How much room files take on disk.
 *
 * @module
 */

/** Of what `st_blocks` counts, on every filesystem; see stat(2). */
const BLOCK = 512;

/**
 * The bytes that a file, or a directory and all in it, takes. A file with
 * several names counts once; what vanishes meanwhile does not count.
 */
export function sizeOfTree(path: string): number {
  const met = new Set<string>();
  const measure = (path: string): number => {
    try {
      const { blocks, nlink, dev, ino, isDirectory } = Deno.lstatSync(path);
      const own = (blocks ?? 0) * BLOCK;
      if (!isDirectory) {
        const key = `${dev}:${ino}`;
        if ((nlink ?? 1) > 1 && met.has(key)) return 0;
        met.add(key);
        return own;
      }
      return [...Deno.readDirSync(path)].reduce(
        (sum, { name }) => sum + measure(`${path}/${name}`),
        own,
      );
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return 0;
      throw error;
    }
  };
  return measure(path);
}
