/**
 * What the daemon is made of.
 *
 * @module
 */
import { dnsDuty } from "../../container/network/dns_duty.ts";
import { healthDuty } from "../../container/health/duty.ts";
import { Counter } from "../../container/live.ts";
import { networkDuty } from "../../container/network/duty.ts";
import { passingDuty } from "../../container/passing_duty.ts";
import { restartDuty } from "../../container/restart/duty.ts";
import { serve } from "../../daemon/server.ts";
import type { Hold } from "../../daemon/place.ts";
import type { Store } from "../../runtime/store.ts";
import { VERSION } from "../version.ts";

/**
 * Serves a store until there is a reason to end. What it holds goes with the
 * process: a lock that is free means that there is none.
 *
 * @param idle Seconds without need after which it ends; else it stays.
 */
export async function serveStore(
  store: Store,
  hold: Hold,
  { idle, log }: { idle?: number; log: (line: string) => void },
): Promise<void> {
  using counter = new Counter(store);
  await serve(store, hold, {
    version: VERSION,
    duties: [
      networkDuty(counter),
      dnsDuty(counter),
      restartDuty(counter),
      healthDuty(counter),
      passingDuty(counter),
    ],
    log,
    ...(idle !== undefined && { idle }),
  });
}
