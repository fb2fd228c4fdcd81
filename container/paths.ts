/**
 * Relative paths of a specification, made absolute.
 *
 * @module
 */
import type { Specification } from "./specification.ts";

/**
 * The absolute path of an image or a mount's source, as text: `.` and `..` are
 * resolved, symbolic links are not.
 *
 * @param directory What the path is relative to, itself relative to the
 * current directory if it is not absolute.
 */
export function resolvePath(path: string, directory: string): string {
  const absolute = (path: string) => path.startsWith("/");
  const whole = absolute(path)
    ? path
    : absolute(directory)
    ? `${directory}/${path}`
    : `${Deno.cwd()}/${directory}/${path}`;
  const parts: string[] = [];
  for (const part of whole.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** The same for `image`, under the name its readers look for. */
export const resolveImage = resolvePath;

/** A specification whose image and bind mounts have absolute paths. */
export function resolvePaths(
  specification: Specification,
  directory: string,
): Specification {
  return {
    ...specification,
    image: resolvePath(specification.image, directory),
    mounts: specification.mounts.map((mount) =>
      mount.source === undefined
        ? mount
        : { ...mount, source: resolvePath(mount.source, directory) }
    ),
  };
}
