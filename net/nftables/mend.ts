/**
 * Putting back what others took out of rkl's table.
 *
 * @module
 */
import { NetlinkError } from "../netlink/errors.ts";
import type { Request } from "../netlink/message.ts";
import type { NetlinkSocket } from "../netlink/socket.ts";
import { type Description, samePort } from "./description.ts";
import {
  addElements,
  decodeElements,
  deleteElements,
  getElement,
} from "./element.ts";
import { applyPlan, readRuleset, replaceRuleset } from "./firewall.ts";
import { transaction } from "./message.ts";
import {
  type Elements,
  mergeElements,
  networkElements,
  planRuleset,
  portElements,
} from "./ruleset.ts";
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
      const changed = error instanceof NetlinkError &&
        ["ENOENT", "EEXIST"].includes(error.code);
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

/**
 * What is not there, and of that what is there as something else. `of` puts
 * requests into the table's family.
 *
 * @throws {NetlinkError}
 */
export function compareElements(
  socket: NetlinkSocket,
  wanted: readonly Elements[],
  of: (request: Request) => Request = (request) => request,
): { missing: Elements[]; wrong: Elements[] } {
  const single = wanted.flatMap(({ set, elements }) =>
    elements.map((element) => ({ set, element }))
  );
  const outcomes = socket.askAll(
    single.map(({ set, element }) => of(getElement(set, element))),
  );
  const missing: Elements[] = [];
  const wrong: Elements[] = [];
  single.forEach(({ set, element }, index) => {
    const outcome = outcomes[index]!;
    const one: Elements = { set, elements: [element] };
    if (outcome instanceof NetlinkError && outcome.code === "ENOENT") {
      missing.push(one);
      return;
    }
    if (outcome instanceof Error) throw outcome;
    const found = outcome.flatMap((message) => decodeElements(set, message));
    const same = found.some(({ comment, value }) =>
      comment === element.comment && show(value) === show(element.value)
    );
    if (same) return;
    missing.push(one);
    wrong.push(one);
  });
  return { missing: mergeElements(missing), wrong: mergeElements(wrong) };
}

/** Addresses hold bigints, which JSON does not know. */
function show(value: unknown): string {
  return JSON.stringify(
    value ?? null,
    (_key, each) => typeof each === "bigint" ? `${each}n` : each,
  );
}
