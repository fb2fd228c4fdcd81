/**
 * Verbs that take several containers.
 *
 * @module
 */
import { print } from "../output.ts";

/** How many are worked on at once: each takes a few descriptors. */
const AT_ONCE = 1000;

/** How many come to life at once: that takes memory, and mostly the processor. */
export const BIRTHS_AT_ONCE = 64;

/**
 * Does `action` to each name, many at once, and prints what it returns, in the
 * order of the names. One that fails does not keep the others from their turn;
 * the failures are thrown together at the end.
 */
export async function forEachName(
  names: readonly string[],
  action: (name: string) => Promise<string | void>,
  { atOnce = AT_ONCE }: { atOnce?: number } = {},
): Promise<void> {
  const failures: unknown[] = [];
  const running: Promise<void>[] = [];
  let printed: Promise<void> = Promise.resolve();
  for (const [index, name] of names.entries()) {
    // The one that began so many before this one has to be done.
    if (index >= atOnce) await running[index - atOnce];
    const done = action(name);
    running.push(done.then(() => {}, () => {}));
    printed = printed.then(async () => {
      try {
        const line = await done;
        if (line !== undefined) print(line);
      } catch (error) {
        failures.push(error);
      }
    });
  }
  await printed;
  if (failures.length > 1) throw new AggregateError(failures);
  if (failures.length === 1) throw failures[0];
}
