/**
 * config.json of the OCI runtime specification (1.2 and its forerunners), read
 * once, at the edge: what comes out has the specification's names, absent
 * fields at their defaults, and legacy spellings settled. Keys the schema does
 * not know are kept; values it does not allow are refused with their path.
 *
 * @module
 */
import {
  check,
  flag,
  type Input,
  list,
  matching,
  object,
  optional,
  type Output,
  withDefault,
} from "../sys/schema.ts";
import { readText } from "../sys/text_file.ts";
import { SpecError } from "./spec/error.ts";
import { locateJsonError } from "../sys/json.ts";
import { findRounded } from "./seccomp/rounded.ts";
import { Linux, Mount } from "./spec/linux.ts";
import { Hooks, Process } from "./spec/process.ts";
import { brokenRules } from "./spec/rules.ts";
import { name, text, textMap } from "./spec/values.ts";

export { SpecError } from "./spec/error.ts";
export type {
  Device,
  IdMapping,
  Linux,
  Mount,
  Namespace,
  Seccomp,
  SeccompComparison,
  SeccompRule,
} from "./spec/linux.ts";
export type {
  BlockIO,
  Cpu,
  DeviceRule,
  Memory,
  Resources,
} from "./spec/resources.ts";
export type {
  Capabilities,
  Hook,
  Hooks,
  Process,
  Rlimit,
  User,
} from "./spec/process.ts";
export { sysctlPath } from "./spec/sysctl.ts";
export {
  CAPABILITIES,
  capabilityMask,
  RLIMITS,
  uint64,
} from "./spec/tables.ts";
export { unsupported, warnings } from "./spec/unsupported.ts";

const VERSION = "a version 1.x.y";

/**
 * config.json. Sections for other platforms are kept as they are.
 *
 * @ignore The library shows the type; the schema has no type but the inferred.
 */
export const Config = object({
  ociVersion: matching(
    VERSION,
    /^1\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/,
  ),
  process: Process,
  root: object({ path: name, readonly: withDefault(flag, false) }),
  hostname: optional(text),
  domainname: optional(text),
  mounts: withDefault(list(Mount, "mounts"), []),
  hooks: optional(Hooks),
  annotations: withDefault(textMap, {}),
  linux: withDefault(Linux, {}),
});

/** A config.json that has been checked, with its defaults filled in. */
export type Config = Output<typeof Config>;

/** A config.json as it is written: what has a default may be left out. */
export type ConfigInput = Input<typeof Config>;

/**
 * Checks a parsed config.json.
 *
 * @param json The outcome of JSON.parse.
 * @param file What to call it in errors.
 * @throws {SpecError} With every wrong value, in the order of the schema; the
 * rules that need several fields are looked at when each field is right.
 */
export function parseConfig(json: unknown, file: string): Config {
  const checked = check(Config, json);
  if ("problems" in checked) throw new SpecError(file, checked.problems);
  const broken = brokenRules(checked.value);
  if (broken.length > 0) throw new SpecError(file, broken);
  return checked.value;
}

/**
 * Reads and checks the config.json of a bundle.
 *
 * @throws {SpecError} When it is missing, unreadable, not JSON (with line and
 * column) or not a valid configuration.
 */
export function readConfig(bundle: string): Config {
  const file = `${bundle.replace(/\/+$/, "")}/config.json`;
  const hint = "a bundle is a directory with a config.json, which `rkl spec` " +
    "writes";
  const source = read(file, hint);
  const config = parseConfig(parseJson(source, file), file);
  const rounded = config.linux.seccomp && findRounded(source);
  if (!rounded) return config;
  const { line, column, message } = rounded;
  throw new SpecError(`${file}:${line}:${column}`, [{ path: "", message }]);
}

/**
 * Reads and checks a process in a file of its own, as `exec --process` takes.
 *
 * @throws {SpecError} as {@linkcode readConfig}
 */
export function readProcess(file: string): Process {
  const hint = "it holds a process as config.json does";
  const checked = check(Process, parseJson(read(file, hint), file));
  if ("problems" in checked) throw new SpecError(file, checked.problems);
  return checked.value;
}

function parseJson(source: string, file: string): unknown {
  try {
    return JSON.parse(source);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const { line, column, expected } = locateJsonError(source);
    throw new SpecError(`${file}:${line}:${column}`, [
      { path: "", message: `not valid JSON: expected ${expected}` },
    ]);
  }
}

function read(file: string, hint: string): string {
  return readText(
    file,
    hint,
    (message) => new SpecError(file, [{ path: "", message }]),
  );
}
