/**
 * rkl's own specification of a container: with the field names of a container
 * in a Kubernetes Pod where there are any, and a few more. A file or the flags
 * of a command line give it; both are read by the schema here.
 *
 * @module
 */
import {
  check,
  complain,
  flag,
  integer,
  list,
  oneOf,
  optional,
  type Output,
  type Problem,
  type Schema,
  strictObject,
  textThat,
  withAliases,
  withDefault,
} from "../sys/schema.ts";
import { sysctlOwner, sysctlPath, SYSCTLS } from "../runtime/spec/sysctl.ts";
import {
  absolutePath,
  capabilities,
  id,
  pairs,
  quantity,
  signal,
  text,
  textMap,
  texts,
  ulimits,
  umask,
} from "./fields.ts";
import {
  CONTAINER_HINTS,
  LIMIT_HINTS,
  SECURITY_HINTS,
} from "./specification_hints.ts";
import { LoggingWish } from "./log/logging.ts";
import { isName, NAME_RULE } from "./name.ts";
import {
  DnsConfig,
  domainname,
  HostAlias,
  namesOfOthers,
} from "./name_fields.ts";
import { networkMode } from "./network_mode.ts";
import { Port, publishFrom } from "./port_fields.ts";
import { bytes, cpuQuota } from "./quantity.ts";
import { SpecificationError } from "./specification_error.ts";

export { SpecificationError } from "./specification_error.ts";
export type { Complaint } from "./specification_error.ts";
export type { SpecificationFields } from "./specification_fields.ts";

const cpu = optional(quantity((value) => cpuQuota(value)));
const memory = optional(quantity((value) => bytes(value)));

/** `limits` and `requests`: cpu as a cgroup counts it, memory in bytes. */
const Amounts = strictObject({ cpu, memory }, LIMIT_HINTS);

/** `resources`. */
const Resources = rule(
  strictObject({
    limits: withDefault(Amounts, {}),
    requests: withDefault(Amounts, {}),
  }),
  function* ({ limits, requests }) {
    if (limits.memory === 0) {
      yield [["limits", "memory"], "expected more than 0"];
    }
    if ((requests.memory ?? 0) > (limits.memory ?? Infinity)) {
      yield [["requests", "memory"], "is more than limits.memory"];
    }
    if ((requests.cpu?.shares ?? 0) > (limits.cpu?.shares ?? Infinity)) {
      yield [["requests", "cpu"], "is more than limits.cpu"];
    }
  },
);

/** `securityContext`. */
const SecurityContext = rule(
  strictObject({
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
    seccompProfile: optional(strictObject({
      type: textThat(
        "Unconfined, since system calls are not filtered",
        (type) => type === "Unconfined",
      ),
    })),
  }, SECURITY_HINTS),
  function* (context) {
    if (context.privileged && context.allowPrivilegeEscalation === false) {
      const message = "cannot be false when privileged is true";
      yield [["allowPrivilegeEscalation"], message];
    }
    if (context.runAsNonRoot && context.runAsUser === 0) {
      yield [["runAsUser"], "cannot be 0 when runAsNonRoot is true"];
    }
  },
);

/** One entry of `mounts`. */
const Mount = rule(
  withAliases(
    strictObject({
      type: withDefault(oneOf(["bind", "tmpfs"]), "bind"),
      /** On the host; a relative path is relative to the file. */
      source: optional(text),
      destination: absolutePath,
      readOnly: withDefault(flag, false),
      /** As mount(8) has them; they come after rkl's own and so win. */
      options: withDefault(texts, []),
    }),
    { mountPath: "destination", target: "destination", readonly: "readOnly" },
  ),
  function* ({ type, source, destination }) {
    if (type === "bind" && !source) {
      yield [["source"], "missing; expected what to bind there"];
    }
    if (type === "tmpfs" && source !== undefined) {
      yield [["source"], "a tmpfs has none; leave it out, or use type: bind"];
    }
    if (/^\/+$/.test(destination)) {
      yield [["destination"], "expected a path below /, which is the image"];
    }
  },
);

/** Networks of which rkl cannot lead packets to one container. */
const MODES_WITHOUT_PORTS = ["none", "container", "namespace"];

const sharing = optional(oneOf(["private", "host"]));

/**
 * A container. Its fields are told in {@linkcode SpecificationFields}.
 *
 * @ignore The library shows the type; the schema has no type but the inferred.
 */
export const Specification = rule(
  strictObject({
    name: optional(textThat(NAME_RULE, isName)),
    /** A bundle or a root filesystem. */
    image: textThat(
      "a bundle or rootfs directory",
      (image) => image !== "" && !image.includes("\0"),
    ),
    /** Replaces the program of the image. */
    command: optional(texts),
    args: optional(texts),
    env: withDefault(
      pairs("a name without =", (name) => /^[^=\0]+$/.test(name)),
      [],
    ),
    workingDir: optional(absolutePath),
    tty: withDefault(flag, false),
    stdin: withDefault(flag, false),
    securityContext: withDefault(SecurityContext, {}),
    resources: withDefault(Resources, {}),
    ports: withDefault(list(Port, "ports"), []),
    /** Who may connect to published ports. */
    publishFrom: optional(list(publishFrom, "address ranges")),
    mounts: withDefault(list(Mount, "mounts"), []),
    hostname: optional(
      textThat(
        "1 to 64 letters, digits, . or -",
        (name) => /^[a-zA-Z0-9.-]{1,64}$/.test(name),
      ),
    ),
    domainname: optional(domainname),
    labels: withDefault(textMap, {}),
    annotations: withDefault(textMap, {}),
    /** What becomes of its output. */
    logging: optional(LoggingWish),
    /** Its number. */
    stopSignal: optional(signal),
    /** Seconds between the stop signal and SIGKILL. */
    stopTimeout: optional(integer(0, 2 ** 31 - 1)),
    ulimits: withDefault(ulimits, {}),
    sysctls: withDefault(
      pairs(
        `a kernel parameter of a namespace (${SYSCTLS})`,
        (name) => sysctlOwner(sysctlPath(name) ?? "") !== undefined,
      ),
      [],
    ),
    /** Ids of further groups. */
    groups: withDefault(list(id, "group ids"), []),
    umask: optional(umask),
    oomScoreAdj: optional(integer(-1000, 1000)),
    /** The cgroup, below the root of the hierarchy, that holds the container's. */
    cgroupParent: optional(
      textThat(
        'an absolute path without ".."',
        (path) => path.startsWith("/") && !path.split("/").includes(".."),
      ),
    ),
    pidsLimit: optional(
      integer(-1, 2 ** 22, "a number of tasks, or -1 for no limit"),
    ),
    network: optional(networkMode),
    hostAliases: withDefault(list(HostAlias, "{ip, hostnames}"), []),
    dnsConfig: withDefault(DnsConfig, {}),
    pid: sharing,
    ipc: sharing,
    uts: sharing,
  }, CONTAINER_HINTS),
  function* (spec) {
    yield* namesOfOthers(spec);
    const mode = spec.network?.kind ?? "networks";
    if (MODES_WITHOUT_PORTS.includes(mode)) {
      for (const [index, { hostPort }] of spec.ports.entries()) {
        if (hostPort === undefined) continue;
        const message = `cannot be published with network: ${mode}; leave it ` +
          "out, or connect the container to a network";
        yield [["ports", index, "hostPort"], message];
      }
    }
    if (spec.pidsLimit === 0) {
      yield [["pidsLimit"], "expected 1 or more, or -1 for no limit"];
    }
    for (const { name } of spec.sysctls) {
      const mode = {
        network: spec.network?.kind,
        ipc: spec.ipc,
        uts: spec.uts,
      };
      const owner = sysctlOwner(sysctlPath(name)!);
      if (owner !== undefined && mode[owner as keyof typeof mode] === "host") {
        yield [["sysctls", name], `would change the host with ${owner}: host`];
      }
    }
  },
);

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
  const result = check(Specification, value);
  if ("value" in result) return result.value;
  throw new SpecificationError(
    result.problems.map((problem) => ({
      where: where(problem),
      message: problem.message,
    })),
  );
}

/** A schema with a rule on several of its fields: paths and messages. */
function rule<Out, In>(
  schema: Schema<Out, In>,
  broken: (value: Out) => Iterable<readonly [PropertyKey[], string]>,
): Schema<Out, In> {
  return {
    expected: schema.expected,
    read(value, at, problems) {
      const before = problems.length;
      const read = schema.read(value, at, problems);
      if (problems.length > before) return read;
      for (const [keys, message] of broken(read)) {
        let place = at;
        for (const key of keys) place = { key, above: place };
        complain(message, place, problems);
      }
      return read;
    },
  };
}
