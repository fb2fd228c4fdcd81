/**
 * Putting back what others took out of rkl's table.
 *
 * @module
 */
import { hasCode } from "../netlink/errors.ts";
import type { NetlinkSocket } from "../netlink/socket.ts";
import { type Description, samePort } from "./description.ts";
import { compareElements } from "./compare.ts";
import { addElements, deleteElements } from "./element.ts";
import { readRuleset } from "./firewall.ts";
import { applyPlan, replaceRuleset } from "./install.ts";
import { transaction } from "./message.ts";
import { networkElements, portElements } from "./contents.ts";
import { planRuleset } from "./ruleset.ts";
import { isIntact } from "./watch.ts";

/**
 * Sees to it that the table is whole and says at least what is wanted; what
 * else it says stays. Returns whether something had to be put back. The caller
 * holds rkl's lock.
 *
 * @throws {NetlinkError}
 */
export function mend(socket: NetlinkSocket, wanted: Description): boolean {
  for (let attempt = 1;; attempt++) {
    try {
      return mendOnce(socket, wanted);
    } catch (error) {
      // Others do not hold the lock: what was there may be gone by now.
      const changed = hasCode(error, "ENOENT", "EEXIST");
      if (!changed || attempt === ATTEMPTS) throw error;
    }
  }
}

/** How often it is tried while others change the table. */
const ATTEMPTS = 5;

function mendOnce(socket: NetlinkSocket, wanted: Description): boolean {
  if (!isIntact(socket)) {
    const there = readRuleset(socket);
    // Without a table there is none whose end the kernel would wait for.
    if (there) replaceRuleset(socket, join(there, wanted));
    else applyPlan(socket, planRuleset(wanted));
    return true;
  }
  const { missing, wrong } = compareElements(socket, [
    ...wanted.networks.flatMap(networkElements),
    ...wanted.ports.flatMap(portElements),
  ]);
  if (missing.length === 0) return false;
  socket.batch(transaction([
    ...wrong.flatMap(({ set, elements }) => deleteElements(set, elements)),
    ...missing.flatMap(({ set, elements }) => addElements(set, elements)),
  ]));
  return true;
}

/** All that one says, and what else another does. */
function join(there: Description, wanted: Description): Description {
  return {
    networks: [
      ...wanted.networks,
      ...there.networks.filter(({ bridge }) =>
        !wanted.networks.some((one) => one.bridge === bridge)
      ),
    ],
    ports: [
      ...wanted.ports,
      ...there.ports.filter((port) =>
        !wanted.ports.some((one) => samePort(one, port))
      ),
    ],
  };
}
