/**
 * Verbs that take several containers.
 *
 * @module
 */

/**
 * Does `action` to each name in turn. One that fails does not keep the others
 * from their turn; the failures are thrown together at the end.
 */
export async function forEachName(
  names: readonly string[],
  action: (name: string) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  for (const name of names) {
    try {
      await action(name);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 1) throw new AggregateError(failures);
  if (failures.length === 1) throw failures[0];
}
