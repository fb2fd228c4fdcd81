/**
 * The lines of ps(1) that belong to a container.
 *
 * @module
 */

/**
 * Runs `ps` with `options` and keeps its heading and the lines about `pids`.
 *
 * @param instead What needs no ps, for those who have none.
 * @throws {Error} when ps is missing, fails, or prints no column PID.
 */
export async function psLines(
  pids: readonly number[],
  options: readonly string[],
  instead: string,
): Promise<string[]> {
  const args = options.length > 0 ? [...options] : ["-ef"];
  const line = ["ps", ...args].join(" ");
  let output: Deno.CommandOutput;
  try {
    output = await new Deno.Command("ps", { args }).output();
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new Error(
      `cannot run ps: it is not installed here; ${instead} needs no ps`,
      { cause },
    );
  }
  const decoder = new TextDecoder();
  if (!output.success) {
    const reason = decoder.decode(output.stderr).trim().split("\n")[0];
    throw new Error(`"${line}" failed: ${reason}`);
  }
  return keepPids(decoder.decode(output.stdout), pids, line);
}

/** The heading of `table`, and its lines whose column PID is one of `pids`. */
export function keepPids(
  table: string,
  pids: readonly number[],
  line: string,
): string[] {
  const [heading = "", ...lines] = table.trimEnd().split("\n");
  const column = heading.trim().split(/\s+/).indexOf("PID");
  if (column === -1) {
    throw new Error(
      `"${line}" prints no column PID, by which a container's processes are found`,
    );
  }
  const wanted = new Set(pids.map(String));
  return [
    heading,
    ...lines.filter((text) => wanted.has(text.trim().split(/\s+/)[column]!)),
  ];
}
