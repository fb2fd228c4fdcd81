/**
 * Environment variables of `--env` and `--env-file` together.
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
  return inherited([...files.flatMap(readEnvFile), ...assignments]);
}

function readEnvFile(file: string): string[] {
  const hint = "it holds lines of KEY=VALUE";
  const text = readText(
    file,
    hint,
    (reason) => new UsageError(`--env-file ${file}: ${reason}`),
  );
  return parseEnvFile(text, file);
}
