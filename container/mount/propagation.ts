/**
 * Whether mounts can spread between the host and a container.
 *
 * @module
 */
import { PlanError } from "../../runtime/plan_error.ts";
import { hostMounts } from "../../sys/mountinfo.ts";
import type { MountSpecification } from "./fields.ts";

/**
 * Checks that the mount which the source of a bind mount is on spreads as it is
 * asked to: it would not, and nobody would say so.
 *
 * @throws {PlanError}
 */
export function checkPropagation(
  { source = "", destination, propagation = "rprivate" }: MountSpecification,
): void {
  const word = propagation.replace(/^r/, "");
  const kinds = NEEDED.get(word);
  if (!kinds) return;
  const path = realPath(source);
  // The last of those at one place is the one that is seen.
  const mount = hostMounts()
    .filter(({ mount }) =>
      mount === "/" || path === mount || path.startsWith(`${mount}/`)
    )
    .reduce((best, one) => one.mount.length >= best.mount.length ? one : best);
  if (mount.propagation.some((field) => kinds.test(field))) return;
  throw new PlanError(
    `the mount at ${destination}: ${propagation} needs ${source} to be on a ` +
      `mount that is ${word === "shared" ? "shared" : "shared or a slave"}; ` +
      `"mount --make-shared ${mount.mount}" makes that one so`,
  );
}

/** Which optional fields of mountinfo a kind of propagation asks for. */
const NEEDED: ReadonlyMap<string, RegExp> = new Map([
  ["shared", /^shared:/],
  ["slave", /^(shared|master):/],
]);

function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return path;
    throw error;
  }
}
