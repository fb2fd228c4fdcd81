/**
 * `rkl container export`
 *
 * @module
 */
import { exportContainer } from "../../container/export.ts";
import { O, open } from "../../sys/fd.ts";
import { toStdout } from "../archive_output.ts";
import { storeOf } from "../store.ts";
import { text } from "../values.ts";
import { verb } from "../verb.ts";

export default verb({
  help:
    "Writes the root filesystem of a container, running or not, as a tar archive to\n" +
    "stdout or a file. What is mounted in it, its volumes too, is no part of it.",
  operands: ["NAME"],
  flags: {
    output: {
      type: text,
      alias: "o",
      value: "FILE",
      help: "Write to FILE instead of stdout",
    },
  },
  examples: [
    ["rkl container export -o web.tar web", "Keep the files of web"],
    ["rkl container export web | gzip > web.tgz", "The same, compressed"],
  ],
  async run({ flags: { output }, args: { name }, globals }) {
    const store = storeOf(globals);
    if (output === undefined) {
      return await toStdout((out) => exportContainer(store, name, out));
    }
    if (isSpecial(output)) {
      using out = open(output, O.WRONLY);
      return await exportContainer(store, name, out);
    }
    // Whole or not at all.
    const unfinished = `${output}.rkl-${Deno.pid}`;
    try {
      using out = open(unfinished, O.WRONLY | O.CREAT | O.EXCL, 0o600);
      await exportContainer(store, name, out);
      Deno.renameSync(unfinished, output);
    } catch (error) {
      try {
        Deno.removeSync(unfinished);
      } catch {
        // It was not made.
      }
      throw error;
    }
  },
});

/** Whether a path is that of a pipe or a device, which is not to be replaced. */
function isSpecial(path: string): boolean {
  try {
    return !Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
