/**
 * rkl's own specification of a container: with the field names of a container
 * in a Kubernetes Pod where there are any, and a few more. A file or the flags
 * of a command line give it; both are read by the schema here.
 *
 * @module
 */
import { type Problem, showPath } from "../../sys/problem.ts";
import {
  check,
  flag,
  integer,
  list,
  matching,
  oneOf,
  optional,
  type Output,
  strictObject,
  textThat,
  withDefault,
  withRules,
} from "../../sys/schema.ts";
import { sysctlOwner, sysctlPath, SYSCTLS } from "../../runtime/spec/sysctl.ts";
import { DEVICE_FIELDS } from "./device_fields.ts";
import {
  absolutePath,
  capabilities,
  group,
  id,
  pairs,
  signal,
  textMap,
  texts,
  ulimits,
  umask,
} from "./values.ts";
import { CONTAINER_HINTS, SECURITY_HINTS } from "./hints.ts";
import { NAME, NAME_RULE } from "../name.ts";
import { Mounts, volumesFrom } from "../mount/fields.ts";
import { LoggingWish } from "../log/logging.ts";
import { DnsConfig, domainname, HostAlias } from "../network/name_fields.ts";
import { networkMode } from "../network/mode.ts";
import { healthcheck } from "../health/healthcheck.ts";
import { Port, publishFrom } from "../network/port_fields.ts";
import { RESOURCE_FIELDS } from "./resource_fields.ts";
import { SHARING_FIELDS } from "./sharing_fields.ts";
import { restartPolicy } from "../restart/policy.ts";
import { SpecificationError } from "./error.ts";
import { brokenRules } from "./rules.ts";

export { SpecificationError } from "./error.ts";
export type { Complaint } from "./error.ts";
export type { SpecificationFields } from "./fields.ts";

/** `seccompProfile` and `appArmorProfile`. */
const SecurityProfile = withRules(
  strictObject({
    type: oneOf(["RuntimeDefault", "Unconfined", "Localhost"]),
    localhostProfile: optional(matching("a name", /^[^\0\n]+$/)),
  }),
  function* ({ type, localhostProfile }) {
    const named = localhostProfile !== undefined;
    if (named === (type === "Localhost")) return;
    const message = named
      ? `goes with type: Localhost, not ${type}`
      : "missing; type: Localhost needs it";
    yield [["localhostProfile"], message];
  },
);

/** `securityContext`. */
const SecurityContext = strictObject({
  runAsUser: optional(id),
  runAsGroup: optional(id),
  runAsNonRoot: withDefault(flag, false),
  privileged: withDefault(flag, false),
  readOnlyRootFilesystem: optional(flag),
  allowPrivilegeEscalation: optional(flag),
  capabilities: withDefault(
    strictObject({
      add: withDefault(capabilities, []),
      drop: withDefault(capabilities, []),
    }),
    {},
  ),
  procMount: withDefault(oneOf(["Default", "Unmasked"]), "Default"),
  /** Paths to mask besides, and paths to leave as they are; "ALL" is all. */
  maskedPaths: withDefault(list(absolutePath, "absolute paths"), []),
  unmaskedPaths: withDefault(
    list(matching("an absolute path, or ALL", /^(ALL$|\/[^\0]*$)/), "paths"),
    [],
  ),
  /** Of system calls; its `localhostProfile` is a file. */
  seccompProfile: optional(SecurityProfile),
  /** Its `localhostProfile` is a name the kernel knows. */
  appArmorProfile: optional(SecurityProfile),
}, SECURITY_HINTS);

const VARIABLE = /^[^=\0]+$/;

/**
 * A container, field by field; {@linkcode SpecificationFields} tells of them.
 *
 * @ignore The library shows the type; the schema has no type but the inferred.
 */
export const Specification = strictObject({
  name: optional(matching(NAME_RULE, NAME)),
  /** A bundle or a root filesystem. */
  image: matching("a bundle or rootfs directory", /^[^\0]+$/),
  /** Replaces the program of the image. */
  command: optional(texts),
  args: optional(texts),
  /** A small pid 1 that the program is the child of. */
  init: optional(flag),
  env: withDefault(
    pairs("a name without =", (name) => VARIABLE.test(name), VARIABLE),
    [],
  ),
  workingDir: optional(absolutePath),
  /** `USER[:GROUP]`, names or ids. */
  user: optional(matching(
    "USER or USER:GROUP, names or ids",
    /^[^:\0]+(:[^:\0]+)?$/,
  )),
  tty: withDefault(flag, false),
  stdin: withDefault(flag, false),
  securityContext: withDefault(SecurityContext, {}),
  ...RESOURCE_FIELDS,
  ...DEVICE_FIELDS,
  ports: withDefault(list(Port, "ports"), []),
  publishAll: optional(flag),
  /** Who may connect to published ports. */
  publishFrom: optional(list(publishFrom, "address ranges")),
  mounts: withDefault(Mounts, []),
  /** Containers whose volumes and bind mounts it has too: `NAME[:ro|rw]`. */
  volumesFrom: withDefault(list(volumesFrom, "NAME[:ro|rw]"), []),
  /** Write into the image, instead of into a layer over it. */
  writeImage: optional(flag),
  hostname: optional(
    matching("1 to 64 letters, digits, . or -", /^[a-zA-Z0-9.-]{1,64}$/),
  ),
  domainname: optional(domainname),
  labels: withDefault(textMap, {}),
  annotations: withDefault(textMap, {}),
  /** Its number. */
  stopSignal: optional(signal),
  /** Seconds between the stop signal and SIGKILL. */
  stopTimeout: optional(integer(0, 2 ** 31 - 1)),
  /** It goes when it has ended. */
  autoRemove: optional(flag),
  restart: optional(restartPolicy),
  logging: optional(LoggingWish),
  healthcheck: optional(healthcheck),
  ulimits: withDefault(ulimits, {}),
  sysctls: withDefault(
    pairs(
      `a kernel parameter of a namespace (${SYSCTLS})`,
      (name) => sysctlOwner(sysctlPath(name) ?? "") !== undefined,
      /^[^./]+[./]./,
    ),
    [],
  ),
  /** Further groups, by name or id. */
  groups: withDefault(list(group, "groups, by name or id"), []),
  umask: optional(umask),
  oomScoreAdj: optional(integer(-1000, 1000)),
  /** The cgroup, below the root of the hierarchy, that holds the container's. */
  cgroupParent: optional(
    textThat(
      'an absolute path without ".."',
      (path) => path.startsWith("/") && !path.split("/").includes(".."),
      { pattern: "^/", not: { pattern: "(^|/)\\.\\.(/|$)" } },
    ),
  ),
  network: optional(networkMode),
  hostAliases: withDefault(list(HostAlias, "{ip, hostnames}"), []),
  dnsConfig: withDefault(DnsConfig, {}),
  ...SHARING_FIELDS,
}, CONTAINER_HINTS);

/** The same, with fields that agree. */
const Agreeing = withRules(Specification, brokenRules);

/** A container's specification, checked, with its defaults filled in. */
export type Specification = Output<typeof Specification>;

/**
 * Checks a specification.
 *
 * @param value The fields, as a file or flags give them.
 * @param where Where a field was given, for errors; its path by default.
 * @throws {SpecificationError} With all that is wrong.
 */
export function validateSpecification(
  value: unknown,
  where: (problem: Problem) => string = ({ path }) => path,
): Specification {
  return read(Agreeing, value, where);
}

/**
 * Checks the fields of a specification one by one: of one that is to be laid
 * over another, which may say the rest.
 *
 * @throws {SpecificationError}
 */
export function validateFields(
  value: unknown,
  where: (problem: Problem) => string,
): Specification {
  return read(Specification, value, where);
}

/**
 * Checks whether fields that are right one by one agree.
 *
 * @throws {SpecificationError}
 */
export function validateTogether(
  specification: Specification,
  { where, message = (text) => text }: {
    readonly where: (path: string) => string;
    /** The words of a rule, which name fields. */
    readonly message?: (text: string) => string;
  },
): void {
  const broken = [...brokenRules(specification)];
  if (broken.length === 0) return;
  throw new SpecificationError(
    broken.map(([keys, text]) => ({
      where: where(showPath(keys)),
      message: message(text),
    })),
  );
}

function read(
  schema: typeof Specification,
  value: unknown,
  where: (problem: Problem) => string,
): Specification {
  const result = check(schema, value);
  if ("value" in result) return result.value;
  throw new SpecificationError(
    result.problems.map((problem) => ({
      where: where(problem),
      message: problem.message,
    })),
  );
}
