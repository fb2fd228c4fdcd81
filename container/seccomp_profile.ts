/**
 * A profile of system calls in a file: as docker has them, where rules hang on
 * capabilities, architecture and kernel, or as `linux.seccomp` of config.json.
 *
 * @module
 */
import { ERRNO } from "../sys/errno.ts";
import { locateJsonError, locateJsonValue } from "../sys/json.ts";
import { type Arch, hostArch } from "../sys/numbers.ts";
import {
  check,
  complain,
  integer,
  list,
  oneOf,
  optional,
  type Output,
  type Problem,
  type Schema,
  showPath,
  strictObject,
  textThat,
} from "../sys/schema.ts";
import { readText } from "../sys/text_file.ts";
import { CAPABILITIES, type Seccomp } from "../runtime/spec.ts";
import { brokenSeccompRules } from "../runtime/spec/seccomp_rules.ts";
import {
  SECCOMP_ACTIONS,
  SECCOMP_ARCHITECTURES,
  SECCOMP_FLAGS,
  SECCOMP_OPERATORS,
} from "../runtime/spec/tables.ts";
import { SpecificationError } from "./specification_error.ts";

/** What the rules of a profile may hang on. */
export interface Host {
  arch: Arch;
  /** Of the container's bounding set. */
  capabilities: readonly string[];
  /** As uname(2) has it. */
  release: string;
}

/** Go writes null for what it leaves out. */
function absent<Out, In>(
  schema: Schema<Out, In>,
): Schema<Out | undefined, In | undefined> {
  const read = optional(schema);
  return {
    expected: schema.expected,
    read: (value, at, problems) => read.read(value ?? undefined, at, problems),
  };
}

const text = textThat("a string", () => true);
const uint64 = integer(0, 2 ** 64, "a whole number, 0 or more");
const errno = integer(0, 0xffff);
const errnoName = textThat(
  "the name of an errno, such as EPERM",
  (name) => Object.hasOwn(ERRNO, name),
);

const Condition = strictObject({
  caps: absent(list(
    textThat(
      "a capability, such as CAP_SYS_ADMIN",
      (name) => CAPABILITIES.has(name),
    ),
    "capabilities",
  )),
  arches: absent(list(text, "architectures, as Go names them")),
  minKernel: absent(textThat(
    'a version of the kernel, such as "4.8"',
    (version) => /^(\d+\.\d+)?$/.test(version),
  )),
});
type Condition = Output<typeof Condition>;

const Rule = strictObject({
  names: absent(list(text, "system calls")),
  name: absent(text),
  action: oneOf(SECCOMP_ACTIONS),
  errnoRet: absent(errno),
  /** Of podman's profiles: the same by name. */
  errno: absent(errnoName),
  args: absent(list(
    strictObject({
      index: integer(0, 5),
      value: uint64,
      valueTwo: absent(uint64),
      op: oneOf(SECCOMP_OPERATORS),
    }),
    "comparisons",
  )),
  comment: absent(text),
  includes: absent(Condition),
  excludes: absent(Condition),
}, { arg: "is called args" });
type Rule = Output<typeof Rule>;

const architecture = oneOf(SECCOMP_ARCHITECTURES);

const Profile = strictObject({
  defaultAction: oneOf(SECCOMP_ACTIONS),
  defaultErrnoRet: absent(errno),
  defaultErrno: absent(errnoName),
  architectures: absent(list(architecture, "architectures")),
  archMap: absent(list(
    strictObject({
      architecture,
      subArchitectures: absent(list(architecture, "architectures")),
    }),
    "architectures with those they run besides",
  )),
  flags: absent(list(oneOf(SECCOMP_FLAGS), "flags")),
  listenerPath: absent(text),
  listenerMetadata: absent(text),
  syscalls: absent(list(Rule, "rules")),
});
type Profile = Output<typeof Profile>;

/** Profiles with the rules that hold for several fields. */
const Checked: Schema<Profile> = {
  expected: Profile.expected,
  read(value, at, problems) {
    const before = problems.length;
    const profile = Profile.read(value, at, problems);
    if (problems.length > before) return profile;
    for (const [keys, message] of broken(profile)) {
      let place = at;
      for (const key of keys) place = { key, above: place };
      complain(message, place, problems);
    }
    return profile;
  },
};

function* broken(
  profile: Profile,
): Iterable<readonly [PropertyKey[], string]> {
  const { architectures = [], archMap = [], syscalls = [] } = profile;
  if (architectures.length > 0 && archMap.length > 0) {
    yield [["archMap"], "says what architectures says too; leave one out"];
  }
  for (const [index, { name, names = [] }] of syscalls.entries()) {
    const at = ["syscalls", index, "names"];
    if (name && names.length > 0) yield [at, "name is given too"];
    if (!name && names.length === 0) {
      yield [at, "missing; expected at least one system call"];
    }
  }
  const spoken = { ...resolved(profile), syscalls: syscalls.map(ruleOf) };
  for (const { keys, message } of brokenSeccompRules(spoken)) {
    yield [[...keys], message];
  }
  const actions = [profile.defaultAction, ...syscalls.map((one) => one.action)];
  const notify = actions.indexOf("SCMP_ACT_NOTIFY");
  if (notify === 0) yield [["defaultAction"], NO_LISTENER];
  if (notify > 0) yield [["syscalls", notify - 1, "action"], NO_LISTENER];
}

const NO_LISTENER = "SCMP_ACT_NOTIFY is not supported: it needs a listener " +
  "of system calls";

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
  const refusal = (where: string, message: string) =>
    new SpecificationError([{ where, message }]);
  const source = readText(
    file,
    "expected a profile of system calls, in JSON",
    (message) => refusal(file, message),
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
  const checked = check(Checked, json);
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

/** The fields that do not hang on the host. */
function resolved(profile: Profile): Seccomp {
  const { defaultAction, defaultErrno, flags, listenerPath } = profile;
  const errno = profile.defaultErrnoRet ??
    (defaultErrno === undefined ? undefined : ERRNO[defaultErrno]);
  return {
    defaultAction,
    ...(errno !== undefined && { defaultErrnoRet: errno }),
    ...(flags && { flags }),
    ...(listenerPath && { listenerPath }),
  };
}

function ruleOf(rule: Rule): NonNullable<Seccomp["syscalls"]>[number] {
  const { name, names, action, errnoRet, errno, args } = rule;
  const number = errnoRet ?? (errno === undefined ? undefined : ERRNO[errno]);
  return {
    names: name ? [name] : names ?? [],
    action,
    ...(number !== undefined && { errnoRet: number }),
    ...(args && { args }),
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
