/**
 * The fields of a profile of system calls in a file: docker's, podman's and
 * those of config.json.
 *
 * @module
 */
import { ERRNO } from "../../sys/errno.ts";
import {
  type Broken,
  integer,
  list,
  oneOf,
  optional,
  type Output,
  type Schema,
  strictObject,
  textThat,
  withRules,
} from "../../sys/schema.ts";
import {
  CAPABILITIES,
  type Seccomp,
  type SeccompRule,
} from "../../runtime/spec.ts";
import { brokenSeccompRules } from "../../runtime/spec/seccomp_rules.ts";
import {
  SECCOMP_ACTIONS,
  SECCOMP_ARCHITECTURES,
  SECCOMP_FLAGS,
  SECCOMP_OPERATORS,
} from "../../runtime/spec/tables.ts";

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
/** What a rule hangs on. */
export type Condition = Output<typeof Condition>;

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
/** A rule of a profile. */
export type Rule = Output<typeof Rule>;

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
/** A profile as it is written. */
export type Profile = Output<typeof Profile>;

/** A profile, with the rules that hold for several fields. */
export const CheckedProfile = withRules(Profile, broken);

function* broken(profile: Profile): Iterable<Broken> {
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

/** The fields that do not hang on the host. */
export function resolved(profile: Profile): Seccomp {
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

/** A rule as config.json has it. */
export function ruleOf(rule: Rule): SeccompRule {
  const { name, names, action, errnoRet, errno, args } = rule;
  const number = errnoRet ?? (errno === undefined ? undefined : ERRNO[errno]);
  return {
    names: name ? [name] : names ?? [],
    action,
    ...(number !== undefined && { errnoRet: number }),
    ...(args && { args }),
  };
}
