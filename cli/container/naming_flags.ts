/**
 * Doing something with limits that flags ask for.
 *
 * @module
 */
import { CgroupError } from "../../runtime/cgroup/errors.ts";

/** Does something with limits that `flags` ask for; its failure names them. */
export async function namingFlags<T>(
  flags: object,
  action: () => Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof CgroupError)) throw error;
    const { namedByFlag } = await import("./limit_error.ts");
    throw namedByFlag(error, flags);
  }
}
