/**
 * What happens to a container between a look at it and what is done with it.
 *
 * @module
 */
import { StatusError } from "../runtime/refusals.ts";
import { NoSuchContainerError } from "../runtime/store.ts";

/**
 * Does something with a container that was looked at just now. If it ended
 * meanwhile that is said, of its name: the runtime knows its id alone.
 *
 * @param action What is attempted, to complete "cannot …".
 * @throws {StatusError}
 */
export async function unlessEnded<T>(
  action: string,
  name: string,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const status = error instanceof StatusError
      ? error.status
      : error instanceof NoSuchContainerError
      ? "stopped"
      : undefined;
    if (status === undefined) throw error;
    throw new StatusError(action, name, status, "it was not a moment ago");
  }
}
