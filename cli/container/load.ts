/**
 * From the words after `rkl container run` or `create` to what the library is
 * asked for.
 *
 * @module
 */
import { isMissing } from "../../sys/path.ts";
import type { Wishes } from "../../container/plan.ts";
import {
  type Specification,
  validateTogether,
} from "../../container/specification/specification.ts";
import { label } from "../values.ts";
import { readEnvironment, readPairs } from "./env_file.ts";
import { withPlace } from "./network_flags.ts";
import { flagOf, inFlags, specificationOf, usualWishes } from "./run_fields.ts";
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
  const said = specificationOf(flags, image, args, {
    variables: readEnvironment(flags.envFile, flags.env),
    labels: [
      ...flags.labelFile.flatMap((file) =>
        readPairs("--label-file", file).map(label)
      ),
      ...flags.label,
    ],
  });
  const wishes = usualWishes();
  const place = (said: Specification) => withPlace(said, flags, wishes.network);
  if (!isSpecificationFile(image)) {
    validateTogether(said, { where: flagOf, message: inFlags });
    return { specification: place(said), wishes };
  }
  const { overlay } = await import("./overlay.ts");
  // YAML is only loaded for those who use it.
  const { readSpecification } = await import(
    "../../container/specification/file.ts"
  );
  const file = readSpecification(image);
  const both = overlay(file, said);
  validateTogether(both, {
    where: (path) => `${image}, with these flags: ${path}`,
  });
  return { specification: place(both), wishes };
}

function isSpecificationFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (!isMissing(error)) throw error;
    return /\.(ya?ml|json)$/.test(path); // its reader says that it is missing
  }
}
