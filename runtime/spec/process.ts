/**
 * `process` of config.json: what runs in the container, and as whom.
 *
 * @module
 */
import {
  IO_CLASSES,
  RLIMITS,
  SCHEDULER_FLAGS,
  SCHEDULER_POLICIES,
} from "./tables.ts";
import {
  flag,
  integer,
  list,
  matching,
  object,
  oneOf,
  optional,
  type Output,
  withDefault,
} from "../../sys/schema.ts";
import { LAST_ID } from "./tables.ts";
import { absolutePath, text, texts, uint64 } from "./values.ts";

/** One entry of an environment, as environ(7) has them. */
const Variable = matching("NAME=value", /^[^=\0]+=[^\0]*$/);

/** An environment: a list of NAME=value. */
export const Environment = list(Variable, "NAME=value strings");

const id = integer(0, LAST_ID);

/** `process.user`: numbers only; names are looked up by higher layers. */
export const User = object({
  uid: withDefault(id, 0),
  gid: withDefault(id, 0),
  umask: optional(integer(0, 0o777)),
  additionalGids: withDefault(list(id, "group ids"), []),
});
export type User = Output<typeof User>;

/** `process.rlimits[]`, as setrlimit(2). */
export const Rlimit = object({
  type: oneOf([...RLIMITS.keys()]),
  soft: uint64,
  hard: uint64,
});
export type Rlimit = Output<typeof Rlimit>;

const names = withDefault(list(text, "capability names"), []);

/**
 * `process.capabilities`, the five sets of capabilities(7). Unknown names are
 * no error by the specification; `warnings()` tells of them.
 */
export const Capabilities = object({
  bounding: names,
  effective: names,
  inheritable: names,
  permitted: names,
  ambient: names,
});
export type Capabilities = Output<typeof Capabilities>;

const niceness = optional(integer(-20, 19));

/** `process`. */
export const Process = object({
  terminal: withDefault(flag, false),
  consoleSize: optional(object({
    height: integer(0, 0xffff),
    width: integer(0, 0xffff),
  })),
  user: withDefault(User, {}),
  args: list(text, "at least one string", 1),
  env: withDefault(Environment, []),
  cwd: absolutePath,
  capabilities: optional(Capabilities),
  rlimits: withDefault(list(Rlimit, "limits"), []),
  noNewPrivileges: withDefault(flag, false),
  apparmorProfile: optional(text),
  oomScoreAdj: optional(integer(-1000, 1000)),
  scheduler: optional(object({
    policy: oneOf(SCHEDULER_POLICIES),
    nice: niceness,
    priority: optional(integer(0, 99)),
    flags: optional(list(oneOf(SCHEDULER_FLAGS), "flags")),
    runtime: optional(uint64),
    deadline: optional(uint64),
    period: optional(uint64),
  })),
  selinuxLabel: optional(text),
  ioPriority: optional(object({
    class: oneOf(IO_CLASSES),
    priority: withDefault(integer(0, 7), 0),
  })),
  execCPUAffinity: optional(object({
    initial: optional(text),
    final: optional(text),
  })),
});
export type Process = Output<typeof Process>;

/** One entry of a list of `hooks`. */
const Hook = object({
  path: absolutePath,
  args: optional(texts),
  env: optional(Environment),
  timeout: optional(integer(1, 2 ** 31 - 1)),
});
export type Hook = Output<typeof Hook>;

const hooks = optional(list(Hook, "hooks"));

/** `hooks`: programs run around the container's life. */
export const Hooks = object({
  prestart: hooks,
  createRuntime: hooks,
  createContainer: hooks,
  startContainer: hooks,
  poststart: hooks,
  poststop: hooks,
});
export type Hooks = Output<typeof Hooks>;
