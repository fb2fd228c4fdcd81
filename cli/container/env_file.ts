/**
 * Files of KEY=VALUE, and the environment that `--env-file` and `--env` make.
 *
 * @module
 */
import { readText } from "../../sys/text_file.ts";
import { UsageError } from "../usage.ts";
import { inherited, parseEnvFile } from "./environment.ts";

/**
 * All of them as `KEY=VALUE`, those of flags after those of files, so that they
 * win.
 *
 * @throws {UsageError}
 */
export function readEnvironment(
  files: readonly string[],
  assignments: readonly string[],
): string[] {
  const inFiles = files.flatMap((file) => readPairs("--env-file", file));
  return inherited([...inFiles, ...assignments]);
}

/**
 * The lines of a file of KEY=VALUE, for `flag`.
 *
 * @throws {UsageError}
 */
export function readPairs(flag: string, file: string): string[] {
  const hint = "it holds lines of KEY=VALUE";
  const text = readText(
    file,
    hint,
    (reason) => new UsageError(`${flag} ${file}: ${reason}`),
  );
  return parseEnvFile(text, file);
}
