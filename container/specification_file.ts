/**
 * A container's specification in a YAML (or JSON) file.
 *
 * @module
 */
import { resolvePaths } from "./paths.ts";
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
  const text = read(file);
  const directory = file.includes("/")
    ? file.slice(0, file.lastIndexOf("/")) || "/"
    : ".";
  return resolvePaths(parseSpecification(text, file), directory);
}

function read(file: string): string {
  try {
    return Deno.readTextFileSync(file);
  } catch (error) {
    const message = error instanceof Deno.errors.NotFound
      ? "no such file; expected the YAML specification of a container"
      : error instanceof Deno.errors.IsADirectory
      ? "is a directory; expected the YAML specification of a container"
      : error instanceof Deno.errors.NotADirectory
      ? "no such file; a part of its path is not a directory"
      : error instanceof Deno.errors.PermissionDenied
      ? "permission to read it is denied"
      : undefined;
    if (message === undefined) throw error;
    throw new SpecificationError([{ where: file, message }]);
  }
}
