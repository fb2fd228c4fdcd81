/**
 * A profile of system calls in a file: as docker has them, where rules hang on
 * capabilities, architecture and kernel, or as `linux.seccomp` of config.json.
 *
 * @module
 */
import { locateJsonError, locateJsonValue } from "../sys/json.ts";
import { type Arch, hostArch } from "../sys/numbers.ts";
import { type Problem, showPath } from "../sys/problem.ts";
import { check } from "../sys/schema.ts";
import { readText } from "../sys/text_file.ts";
import { findRounded } from "../runtime/seccomp/rounded.ts";
import type { Seccomp } from "../runtime/spec.ts";
import {
  CheckedProfile,
  type Condition,
  type Profile,
  resolved,
  ruleOf,
} from "./specification/seccomp_fields.ts";
import { SpecificationError } from "./specification/error.ts";

/** What the rules of a profile may hang on. */
export interface Host {
  arch: Arch;
  /** Of the container's bounding set. */
  capabilities: readonly string[];
  /** As uname(2) has it. */
  release: string;
}

/** Go's name of an architecture, in which docker's profiles speak. */
const GO_ARCH: Readonly<Record<Arch, string>> = {
  x86_64: "amd64",
  aarch64: "arm64",
};

/**
 * Reads a profile and settles which of its rules hold for a container.
 *
 * @throws {SpecificationError} with file, line and field
 */
export function readSeccompProfile(
  file: string,
  capabilities: readonly string[],
): Seccomp {
  const source = readText(
    file,
    "expected a profile of system calls, in JSON",
    (message) => new SpecificationError([{ where: file, message }]),
  );
  return parseSeccompProfile(source, file, {
    arch: hostArch(),
    capabilities,
    release: Deno.osRelease(),
  });
}

/**
 * The profile in a text, for a container.
 *
 * @throws {SpecificationError} with file, line and field
 */
export function parseSeccompProfile(
  source: string,
  file: string,
  host: Host,
): Seccomp {
  let json: unknown;
  try {
    json = JSON.parse(source);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const { line, column, expected } = locateJsonError(source);
    const where = `${file}:${line}:${column}`;
    const message = `not valid JSON: expected ${expected}`;
    throw new SpecificationError([{ where, message }]);
  }
  const checked = check(CheckedProfile, json);
  const rounded = findRounded(source);
  if (rounded) {
    const where = `${file}:${rounded.line}:${rounded.column}`;
    throw new SpecificationError([{ where, message: rounded.message }]);
  }
  if ("value" in checked) return settle(checked.value, host);
  const place = ({ keys }: Problem) => {
    const { line, column } = locateJsonValue(source, keys);
    const path = showPath(keys);
    return `${file}:${line}:${column}${path && `: ${path}`}`;
  };
  throw new SpecificationError(
    checked.problems.map((problem) => ({
      where: place(problem),
      message: problem.message,
    })),
  );
}

function settle(profile: Profile, host: Host): Seccomp {
  const { archMap = [], syscalls = [] } = profile;
  const native = `SCMP_ARCH_${host.arch.toUpperCase()}`;
  const mapped = archMap.find((one) => one.architecture === native);
  const architectures = mapped
    ? [mapped.architecture, ...mapped.subArchitectures ?? []]
    : profile.architectures;
  return {
    ...resolved(profile),
    ...(architectures && { architectures }),
    syscalls: syscalls
      .filter(({ includes, excludes }) =>
        meetsAll(includes, host) && !meetsAny(excludes, host)
      )
      .map(ruleOf),
  };
}

/** Whether a container is all that a rule wants it to be. */
function meetsAll(
  { caps = [], arches = [], minKernel }: Condition = {},
  { arch, capabilities, release }: Host,
): boolean {
  return caps.every((name) => capabilities.includes(name)) &&
    (arches.length === 0 || arches.includes(GO_ARCH[arch])) &&
    (!minKernel || isAtLeast(release, minKernel));
}

/** Whether a container is anything that a rule is not for. */
function meetsAny(
  { caps = [], arches = [], minKernel }: Condition = {},
  { arch, capabilities, release }: Host,
): boolean {
  return caps.some((name) => capabilities.includes(name)) ||
    arches.includes(GO_ARCH[arch]) ||
    Boolean(minKernel && isAtLeast(release, minKernel));
}

/** Compares the two numbers a version begins with. */
function isAtLeast(release: string, least: string): boolean {
  const [a, b] = [release, least].map((text) =>
    text.split(/[.-]/, 2).map(Number)
  );
  return (a![0]! - b![0]! || a![1]! - b![1]!) >= 0;
}
