/**
 * How the daemon has the engine of JavaScript keep house: commands end, and it
 * stays.
 *
 * @module
 */

/**
 * What DENO_V8_FLAGS is for the daemon. The room for young objects is 2 MiB for
 * each half: more than that would be kept after many questions at once. Old ones
 * are collected before many come together, as they do when a hundred containers
 * are started.
 */
export const ENGINE = "--max-semi-space-size=2,--optimize-for-size";
