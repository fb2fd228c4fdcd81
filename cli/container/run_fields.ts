/**
 * What the flags of `rkl container run` and `create` say, in the words of a
 * container's specification.
 *
 * @module
 */
import {
  type Specification,
  validateFields,
} from "../../container/specification/specification.ts";
import type { Wishes } from "../../container/plan.ts";
import { resolveAsText } from "../../sys/path.ts";
import { given, long } from "../flags.ts";
import { keepFields } from "./keep_flags.ts";
import { usualNetwork } from "./usual_network.ts";
import { networkFields } from "./network_flags.ts";
import { resourceFields } from "./resource_flags.ts";
import { joinSecurityOptions } from "./security_opt.ts";
import type { RunFlags } from "./run_flags.ts";

/** Which flags a field of the specification comes from, for errors. */
const SOURCES: readonly (readonly [path: RegExp, flag: string])[] = [
  [/^image/, "IMAGE"],
  [/^args/, "ARGS"],
  [/^command/, "entrypoint"],
  [/^workingDir/, "workdir"],
  [/^resources\.limits\.cpu/, "cpus"],
  [/^resources\.limits\.memory/, "memory"],
  [/^resources\.requests\.memory/, "memoryReservation"],
  [/^blockIO\.weightDevice/, "blkioWeightDevice"],
  [/^blockIO\.weight/, "blkioWeight"],
  [/^blockIO\.deviceReadBps/, "deviceReadBps"],
  [/^blockIO\.deviceWriteBps/, "deviceWriteBps"],
  [/^blockIO\.deviceReadIops/, "deviceReadIops"],
  [/^blockIO\.deviceWriteIops/, "deviceWriteIops"],
  [/^devices/, "device"],
  [/^deviceCgroupRules/, "deviceCgroupRule"],
  [/^groups/, "groupAdd"],
  [/^writeImage/, "rw"],
  [/^autoRemove/, "rm"],
  [/^stdin/, "interactive"],
  [/^securityContext\.capabilities\.add/, "capAdd"],
  [/^securityContext\.capabilities\.drop/, "capDrop"],
  [/^securityContext\.privileged/, "privileged"],
  [/^securityContext\.readOnlyRootFilesystem/, "readOnly"],
  [
    /^securityContext\.(allow|seccomp|appArmor|procMount|masked|unmasked)/,
    "securityOpt",
  ],
  [/^ports/, "publish"],
  [/^publishFrom/, "publishFrom"],
  [/^labels/, "label"],
  [/^annotations/, "annotation"],
  [/^logging\.driver/, "logDriver"],
  [/^logging\.options/, "logOpt"],
  [/^ulimits/, "ulimit"],
  [/^sysctls/, "sysctl"],
  [/^hostAliases/, "addHost"],
  [/^healthcheck/, "healthCmd"],
  [/^dnsConfig\.nameservers/, "dns"],
  [/^dnsConfig\.searches/, "dnsSearch"],
  [/^dnsConfig\.options/, "dnsOption"],
];

/**
 * The specification that flags and operands make by themselves.
 *
 * @param image The directory of a bundle or root filesystem; relative to the
 * current directory.
 * @param said What `--env`, `--label` and the files of both come to.
 * @throws {SpecificationError} In the words of the flags, for fields that are
 * wrong by themselves.
 */
export function specificationOf(
  flags: RunFlags,
  image: string,
  args: readonly string[],
  said: {
    readonly variables: readonly string[];
    readonly labels: readonly (readonly [string, string])[];
  },
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
      pid: flags.pid,
      ipc: flags.ipc,
      uts: flags.uts,
      cgroupns: flags.cgroupns,
      init: flags.init,
      user: flags.user,
      shmSize: flags.shmSize,
      publishAll: flags.publishAll,
      writeImage: flags.rw,
      autoRemove: flags.rm,
    }),
    ...resourceFields(flags),
    ...networkFields(flags),
    ...keepFields(flags),
    image: resolveAsText(image, Deno.cwd()),
    ...(flags.entrypoint ? { command: [flags.entrypoint] } : {}),
    ...(args.length > 0 ? { args: [...args] } : {}),
    env: said.variables.map((text) => {
      const equals = text.indexOf("=");
      return { name: text.slice(0, equals), value: text.slice(equals + 1) };
    }),
    securityContext: {
      ...given({
        privileged: flags.privileged,
        readOnlyRootFilesystem: flags.readOnly,
      }),
      ...joinSecurityOptions(flags.securityOpt),
      capabilities: { add: flags.capAdd, drop: flags.capDrop },
    },
    devices: flags.device,
    deviceCgroupRules: flags.deviceCgroupRule,
    groups: flags.groupAdd,
    ports: [...flags.publish.flat(), ...flags.expose.flat()],
    ...(flags.publishFrom.length > 0 && { publishFrom: flags.publishFrom }),
    mounts: [...flags.volume, ...flags.mount, ...flags.tmpfs],
    labels: Object.fromEntries(said.labels),
    volumesFrom: flags.volumesFrom,
    annotations: Object.fromEntries(flags.annotation),
    ...loggingFields(flags),
    ulimits: Object.fromEntries(
      flags.ulimit.map(({ name, soft, hard }) => [name, { soft, hard }]),
    ),
    sysctls: Object.fromEntries(flags.sysctl),
  };
  return validateFields(
    fields,
    ({ path, keys }) => mountFlagOf(flags, keys) ?? flagOf(path),
  );
}

/** What those who run containers here have settled for all of them. */
export function usualWishes(): Wishes {
  return given({ network: usualNetwork() });
}

function loggingFields({ logDriver: driver, logOpt }: RunFlags) {
  if (driver === undefined && logOpt.length === 0) return {};
  const options = Object.fromEntries(logOpt);
  return { logging: { ...given({ driver }), options } };
}

/** Which of three flags a mount comes from, which say different fields. */
function mountFlagOf(
  { volume, mount, tmpfs }: RunFlags,
  [list, index]: readonly PropertyKey[],
): string | undefined {
  if (list !== "mounts") return undefined;
  const sources = [
    ...volume.map(() => "volume"),
    ...mount.map(() => "mount"),
    ...tmpfs.map(() => "tmpfs"),
  ];
  return long(sources[Number(index)] ?? "volume");
}

/** The flag that fills a field. */
export function flagOf(path: string): string {
  const [, name] = SOURCES.find(([source]) => source.test(path)) ?? [];
  if (name === undefined) return long(path.split(/[.[]/)[0]!);
  return /^[A-Z]+$/.test(name) ? name : long(name);
}

/** What is said of fields, said of flags. */
export function inFlags(message: string): string {
  const field = /(?<![\w:"])(resources\.[a-z]+\.[a-z]+|[a-z]+[A-Z]\w+)/g;
  return message.replace(field, (path) => flagOf(path));
}
