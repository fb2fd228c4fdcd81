/**
 * A container's specification in a YAML (or JSON) file.
 *
 * @module
 */
import { resolveAsText } from "../../sys/path.ts";
import { readText } from "../../sys/text_file.ts";
import {
  type Specification,
  SpecificationError,
  validateSpecification,
} from "./specification.ts";
import { parseYaml } from "./yaml.ts";

/**
 * Reads a specification from the text of a file; its paths stay as they are.
 *
 * @param file What to call it in errors.
 * @throws {SpecificationError} With file, line, column and field.
 */
export function parseSpecification(text: string, file: string): Specification {
  const yaml = parseYaml(text, file);
  return validateSpecification(yaml.value, ({ path, keys, about }) => {
    const place = yaml.locate(keys, about);
    return path === "" ? place : `${place}: ${path}`;
  });
}

/**
 * Reads a specification file; its relative paths are relative to it.
 *
 * @throws {SpecificationError} When it cannot be read or is not right.
 */
export function readSpecification(file: string): Specification {
  const hint = "expected the YAML specification of a container";
  const text = readText(
    file,
    hint,
    (message) => new SpecificationError([{ where: file, message }]),
  );
  const directory = resolveAsText(`${file}/..`, Deno.cwd());
  return resolvePaths(parseSpecification(text, file), directory);
}

/** A specification whose image, bind mounts and profile have absolute paths. */
function resolvePaths(
  specification: Specification,
  directory: string,
): Specification {
  return {
    ...specification,
    image: resolveAsText(specification.image, directory),
    securityContext: resolveProfile(specification.securityContext, directory),
    mounts: specification.mounts.map((mount) =>
      mount.source === undefined
        ? mount
        : { ...mount, source: resolveAsText(mount.source, directory) }
    ),
  };
}

function resolveProfile(
  context: Specification["securityContext"],
  directory: string,
): Specification["securityContext"] {
  const { seccompProfile } = context;
  if (seccompProfile?.localhostProfile === undefined) return context;
  const file = resolveAsText(seccompProfile.localhostProfile, directory);
  return {
    ...context,
    seccompProfile: { ...seccompProfile, localhostProfile: file },
  };
}
