/**
 * Doing something for many who ask, never twice at once.
 *
 * @module
 */

/**
 * Has `act` done in rounds. All who ask before a round begins share it; the one
 * that is on may have looked too early for them.
 */
export function inRounds<T>(act: () => Promise<T>): () => Promise<T> {
  let current: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | undefined;
  const begin = (): Promise<T> => {
    next = undefined;
    const round = act();
    current = round;
    return round;
  };
  return () => next ??= current.then(begin, begin);
}
