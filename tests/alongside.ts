/**
 * Work that another thread does while a test goes on: a race to be won.
 *
 * @module
 */

/**
 * Runs a function in a thread of its own, which has begun then; it is ended
 * with the result, if it has not yet. The function sees what it is given and
 * nothing else of its module.
 */
export async function alongside<T>(
  work: (given: T) => void,
  given: T,
): Promise<Disposable> {
  const script = `postMessage(0); (${work})(${JSON.stringify(given)})`;
  const url = URL.createObjectURL(new Blob([script]));
  const worker = new Worker(url, { type: "module" });
  await new Promise((begun) => worker.onmessage = begun);
  URL.revokeObjectURL(url);
  return { [Symbol.dispose]: () => worker.terminate() };
}
