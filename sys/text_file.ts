/**
 * Reading a text file that a user named.
 *
 * @module
 */

/**
 * Reads a file, or says in a few words why it cannot be had.
 *
 * @param hint What the file should be, told where there is none.
 * @param refuse Makes the error of these words.
 */
export function readText(
  file: string,
  hint: string,
  refuse: (reason: string) => Error,
): string {
  try {
    return Deno.readTextFileSync(file);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound
      ? `no such file; ${hint}`
      : error instanceof Deno.errors.IsADirectory
      ? `is a directory; ${hint}`
      : error instanceof Deno.errors.NotADirectory
      ? "no such file; a part of its path is not a directory"
      : error instanceof Deno.errors.PermissionDenied
      ? "permission to read it is denied"
      : undefined;
    if (reason === undefined) throw error;
    throw refuse(reason);
  }
}
