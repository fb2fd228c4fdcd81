/**
 * Who may do what at the same time: attachments are made and removed beside
 * each other, while garbage is collected alone. CNI specification 1.1.0,
 * section 3, "Lifecycle & Ordering".
 *
 * @module
 */
import {
  type Fd,
  O,
  open,
  tryLockExclusive,
  tryLockShared,
} from "../../../sys/fd.ts";
import { sleep } from "../../../sys/timer.ts";

/** Milliseconds between two looks; plugins take some tens. */
const PAUSE = 5;

/**
 * Waits until nobody collects garbage, or, alone, until nobody does anything.
 * The lock is held until disposed of.
 */
export async function lockCache(
  directory: string,
  { alone }: { alone: boolean },
): Promise<Disposable> {
  Deno.mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file: Fd = open(`${directory}/rkl.lock`, O.RDWR | O.CREAT);
  const tryLock = alone ? tryLockExclusive : tryLockShared;
  try {
    // Not a call that blocks: this process may hold it, at work elsewhere.
    while (!tryLock(file)) await sleep(PAUSE);
    return file;
  } catch (error) {
    file[Symbol.dispose]();
    throw error;
  }
}
