/**
 * Whether this process is rkl. Every command starts here, so nothing else does.
 *
 * @module
 */

let own = false;

/** Notes that this process is rkl, not another program that uses its library. */
export function declareOwn(): void {
  own = true;
}

/** Whether that was noted. */
export function isOwn(): boolean {
  return own;
}
