/**
 * What the flags of `rkl container run` and `create` say, in the words of a
 * container's specification.
 *
 * @module
 */
import {
  type Specification,
  validateSpecification,
} from "../../container/specification.ts";
import type { Wishes } from "../../container/plan.ts";
import { resolveAsText } from "../../sys/path.ts";
import { given, long } from "../flags.ts";
import { UsageError } from "../usage.ts";
import { usualNetwork } from "./usual_network.ts";
import { networkFields } from "./network_flags.ts";
import type { RunFlags } from "./run_flags.ts";

/** Which flags a field of the specification comes from, for errors. */
const SOURCES: readonly (readonly [path: RegExp, flag: string])[] = [
  [/^image/, "IMAGE"],
  [/^args/, "ARGS"],
  [/^command/, "entrypoint"],
  [/^env/, "env"],
  [/^workingDir/, "workdir"],
  [/^resources\.limits\.cpu/, "cpus"],
  [/^resources\.limits\.memory/, "memory"],
  [/^resources\.requests\.memory/, "memoryReservation"],
  [/^securityContext\.capabilities\.add/, "capAdd"],
  [/^securityContext\.capabilities\.drop/, "capDrop"],
  [/^securityContext\.privileged/, "privileged"],
  [/^securityContext\.allowPrivilegeEscalation/, "securityOpt"],
  [/^ports/, "publish"],
  [/^publishFrom/, "publishFrom"],
  [/^mounts/, "volume"],
  [/^labels/, "label"],
  [/^annotations/, "annotation"],
  [/^logging\.driver/, "logDriver"],
  [/^logging\.options/, "logOpt"],
  [/^ulimits/, "ulimit"],
  [/^sysctls/, "sysctl"],
  [/^hostAliases/, "addHost"],
  [/^dnsConfig\.nameservers/, "dns"],
  [/^dnsConfig\.searches/, "dnsSearch"],
  [/^dnsConfig\.options/, "dnsOption"],
];

/**
 * The specification that flags and operands make by themselves.
 *
 * @param image The directory of a bundle or root filesystem; relative to the
 * current directory.
 * @param variables What `--env` and `--env-file` come to, as `KEY=VALUE`.
 * @throws {SpecificationError} In the words of the flags.
 */
export function specificationOf(
  flags: RunFlags,
  image: string,
  args: readonly string[],
  variables: readonly string[],
): Specification {
  const fields = {
    ...given({
      name: flags.name,
      workingDir: flags.workdir,
      tty: flags.tty,
      stdin: flags.interactive,
      stopSignal: flags.stopSignal,
      stopTimeout: flags.stopTimeout,
      umask: flags.umask,
      oomScoreAdj: flags.oomScoreAdj,
      cgroupParent: flags.cgroupParent,
      pidsLimit: flags.pidsLimit,
      pid: flags.pid,
      ipc: flags.ipc,
      uts: flags.uts,
    }),
    ...networkFields(flags),
    image: resolveAsText(image, Deno.cwd()),
    ...(flags.entrypoint ? { command: [flags.entrypoint] } : {}),
    ...(args.length > 0 ? { args: [...args] } : {}),
    env: variables.map((text) => {
      const equals = text.indexOf("=");
      return { name: text.slice(0, equals), value: text.slice(equals + 1) };
    }),
    securityContext: {
      ...given({
        privileged: flags.privileged,
        readOnlyRootFilesystem: flags.readOnly,
        allowPrivilegeEscalation: flags.securityOpt.length > 0
          ? false
          : undefined,
      }),
      capabilities: { add: flags.capAdd, drop: flags.capDrop },
    },
    resources: {
      limits: given({ cpu: flags.cpus, memory: flags.memory }),
      requests: given({ memory: flags.memoryReservation }),
    },
    ports: [...flags.publish.flat(), ...flags.expose.flat()],
    ...(flags.publishFrom.length > 0 && { publishFrom: flags.publishFrom }),
    mounts: [...flags.volume, ...flags.mount, ...flags.tmpfs],
    labels: Object.fromEntries(flags.label),
    annotations: Object.fromEntries(flags.annotation),
    ...loggingFields(flags),
    ulimits: Object.fromEntries(
      flags.ulimit.map(({ name, soft, hard }) => [name, { soft, hard }]),
    ),
    sysctls: Object.fromEntries(flags.sysctl),
  };
  return validateSpecification(fields, ({ path }) => flagOf(path));
}

function loggingFields({ logDriver: driver, logOpt }: RunFlags) {
  if (driver === undefined && logOpt.length === 0) return {};
  const options = Object.fromEntries(logOpt);
  return { logging: { ...given({ driver }), options } };
}

/**
 * What the flags say that a specification has no field for.
 *
 * @throws {UsageError} When flags contradict each other.
 */
export function wishesOf(flags: RunFlags): Wishes {
  const { memory, memorySwap, cpuShares, cpusetCpus, cpusetMems } = flags;
  if (memorySwap !== undefined && memorySwap !== -1) {
    if (memory === undefined) {
      throw new UsageError("--memory-swap needs --memory, which it includes");
    }
    if (memorySwap < memory) {
      throw new UsageError(
        `--memory-swap is ${memorySwap} bytes, less than --memory, ${memory}, which it includes`,
      );
    }
  }
  const cpu = given({ shares: cpuShares, cpus: cpusetCpus, mems: cpusetMems });
  const limits = {
    ...(Object.keys(cpu).length > 0 && { cpu }),
    ...(memorySwap !== undefined && { memory: { swap: memorySwap } }),
  };
  return {
    ...given({
      user: flags.user,
      rw: flags.rw,
      rm: flags.rm,
      publishAll: flags.publishAll,
      network: usualNetwork(),
    }),
    ...(flags.groupAdd.length > 0 && { groups: flags.groupAdd }),
    ...(Object.keys(limits).length > 0 && { resources: limits }),
  };
}

function flagOf(path: string): string {
  const [, name] = SOURCES.find(([source]) => source.test(path)) ?? [];
  if (name === undefined) return long(path.split(/[.[]/)[0]!);
  return /^[A-Z]+$/.test(name) ? name : long(name);
}
