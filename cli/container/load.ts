/**
 * From the words after `rkl container run` or `create` to what the library is
 * asked for.
 *
 * @module
 */
import { isMissing } from "../../sys/path.ts";
import type { Wishes } from "../../container/plan.ts";
import type { Specification } from "../../container/specification.ts";
import { readEnvironment } from "./env_file.ts";
import { withPlace } from "./network_flags.ts";
import { overlay } from "./overlay.ts";
import { specificationOf, wishesOf } from "./run_fields.ts";
import type { RunFlags } from "./run_flags.ts";

/** A container as the user asked for it. */
export interface Order {
  readonly specification: Specification;
  readonly wishes: Wishes;
}

/**
 * Reads `IMAGE [ARGS...]` and flags. IMAGE is a directory, or a specification
 * file over which the flags are laid.
 *
 * @throws {UsageError | SpecificationError}
 */
export async function loadOrder(
  flags: RunFlags,
  { image, args }: { image: string; args: readonly string[] },
): Promise<Order> {
  const variables = readEnvironment(flags.envFile, flags.env);
  const specification = specificationOf(flags, image, args, variables);
  const wishes = wishesOf(flags);
  const place = (said: Specification) => withPlace(said, flags, wishes.network);
  if (!isSpecificationFile(image)) {
    return { specification: place(specification), wishes };
  }
  // YAML is only loaded for those who use it.
  const { readSpecification } = await import(
    "../../container/specification_file.ts"
  );
  const file = readSpecification(image);
  return { specification: place(overlay(file, specification)), wishes };
}

function isSpecificationFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (!isMissing(error)) throw error;
    return /\.(ya?ml|json)$/.test(path); // its reader says that it is missing
  }
}
