/**
 * What `--attach` of `rkl container run` and `create` comes to.
 *
 * @module
 */
import type { Specification } from "../../container/specification/specification.ts";
import type { StreamName } from "../../container/streams.ts";
import { UsageError } from "../usage.ts";

/**
 * The streams that are the user's; undefined for all that the container has.
 *
 * @throws {UsageError} When flags contradict each other.
 */
export function attachedStreams(
  { attach, detach }: {
    attach: readonly StreamName[];
    detach?: boolean | undefined;
  },
  { stdin }: Pick<Specification, "stdin">,
): readonly StreamName[] | undefined {
  if (attach.length === 0) return undefined;
  if (detach) throw new UsageError("--attach and --detach exclude each other");
  if (attach.includes("stdin") && !stdin) {
    throw new UsageError("--attach stdin needs --interactive");
  }
  return attach;
}
