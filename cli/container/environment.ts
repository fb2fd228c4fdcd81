/**
 * Environment variables as flags and files give them.
 *
 * @module
 */

/** `KEY=VALUE` as it is; a bare `KEY` with rkl's own value, if it has one. */
export function inherited(
  assignments: readonly string[],
  own: (key: string) => string | undefined = (key) => Deno.env.get(key),
): string[] {
  return assignments.flatMap((assignment) => {
    if (assignment.includes("=")) return [assignment];
    const value = own(assignment);
    return value === undefined ? [] : [`${assignment}=${value}`];
  });
}

/**
 * The assignments in the text of an `--env-file`: one a line, `#` begins a
 * comment line, quotes mean nothing, as docker reads them.
 *
 * @throws {Error} with the line's number where there is no name before `=`.
 */
export function parseEnvFile(text: string, file: string): string[] {
  return text.split("\n").flatMap((raw, i) => {
    const line = raw.replace(/\r$/, "").trimStart();
    if (line === "" || line.startsWith("#")) return [];
    if (/^[^=\s]+(=|$)/.test(line)) return [line];
    throw new Error(
      `${file}:${
        i + 1
      }: "${line}" is not KEY=VALUE: the name must come first and hold no space`,
    );
  });
}
