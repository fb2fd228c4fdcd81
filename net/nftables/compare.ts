/**
 * What a table of rkl's says already, of what it is to say.
 *
 * @module
 */
import { hasCode } from "../netlink/errors.ts";
import type { Request } from "../netlink/message.ts";
import type { NetlinkSocket } from "../netlink/socket.ts";
import { type Elements, mergeElements } from "./contents.ts";
import { decodeElements, getElement } from "./element.ts";

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
    if (hasCode(outcome, "ENOENT")) {
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
