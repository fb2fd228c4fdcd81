/**
 * From a container's specification and its image to the OCI configuration the
 * runtime runs. Pure: what has to be looked up comes in with the context.
 *
 * @module
 */
import { resolveAsText } from "../sys/path.ts";
import { MASKED_PATHS, READONLY_PATHS } from "../runtime/default_config.ts";
import {
  type Config,
  type Namespace,
  parseConfig,
  type Process,
} from "../runtime/spec.ts";
import { containerCapabilities } from "./capabilities.ts";
import type { HostDevices } from "./host_devices.ts";
import {
  containerMounts,
  defaultMounts,
  type VolumeSources,
} from "./mount/mounts.ts";
import { containerNamespaces } from "./namespaces.ts";
import { containerResources } from "./resources.ts";
import { coveredPaths } from "./covered_paths.ts";
import { chooseAppArmor, chooseSeccomp } from "./security.ts";
import {
  type Specification,
  SpecificationError,
} from "./specification/specification.ts";

/** Where a container's files, and perhaps its defaults, come from. */
export type Image =
  /** A directory with a config.json, which says more than a few files. */
  | { kind: "bundle"; directory: string; config: Config }
  /** A directory that becomes the root. */
  | { kind: "rootfs"; directory: string };

/** What a configuration depends on besides the specification and the image. */
export type ConfigContext = {
  /** The container's id. */
  id: string;
  name: string;
  /** Paths of this machine that are masked besides the usual ones. */
  thermalPaths?: readonly string[];
  /** Kernel parameters of its network that a root filesystem gets. */
  openSettings?: Readonly<Record<string, string>>;
  /** The volumes that are mounted. */
  volumes?: VolumeSources;
  /** The home directory of its user, from the image's /etc/passwd. */
  home?: string;
  /** Ids of its further groups; those of the specification may be names. */
  groups?: readonly number[];
  /** The devices that the specification names. */
  host?: HostDevices;
};

const NO_DEVICES: HostDevices = { nodes: [], rules: [], numbers: new Map() };

/** Where programs are looked for when nobody says. */
export const DEFAULT_PATH =
  "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const NAMESPACES: readonly Namespace["type"][] = [
  "pid",
  "network",
  "ipc",
  "uts",
  "mount",
  "cgroup",
];

/**
 * The configuration of a container.
 *
 * A bundle's config.json is what the specification changes; a root filesystem
 * starts from what docker gives a container. As with an image, `command`
 * replaces the program and its arguments, `args` alone follows the bundle's
 * program only when there is none: a config.json has no entrypoint, so `args`
 * replaces its whole command line.
 *
 * @throws {SpecificationError} When there is nothing to run, or runAsNonRoot
 * meets root.
 * @throws {SpecError} When a bundle's configuration and the specification do
 * not go together.
 */
export function containerConfig(
  spec: Specification,
  image: Image,
  context: ConfigContext,
): Config {
  const base = image.kind === "bundle"
    ? image.config
    : dockerConfig(image, context);
  const namespaces = containerNamespaces(spec, base.linux.namespaces);
  const { host = NO_DEVICES } = context;
  const hostname = containerHostname(spec, base, namespaces, context);
  const { securityContext: security } = spec;
  const { seccomp: ownSeccomp, ...linux } = base.linux;
  const config: Config = {
    ...base,
    process: containerProcess(spec, base.process, image, hostname, context),
    root: {
      ...base.root,
      path: resolveAsText(base.root.path, image.directory),
      readonly: security.readOnlyRootFilesystem ?? base.root.readonly,
    },
    mounts: containerMounts(
      spec,
      absoluteSources(base, image),
      context.volumes,
    ),
    annotations: { ...base.annotations, ...spec.annotations },
    linux: {
      ...linux,
      ...(ownSeccomp && chooseSeccomp(security, image) === "image" && {
        seccomp: ownSeccomp,
      }),
      namespaces,
      devices: [...base.linux.devices, ...host.nodes],
      resources: containerResources(spec, base.linux.resources, host),
      sysctl: {
        ...base.linux.sysctl,
        ...Object.fromEntries(
          spec.sysctls.map(({ name, value }) => [name, value]),
        ),
      },
      ...coveredPaths(security, base.linux),
    },
  };
  const { domainname = base.domainname } = spec;
  delete config.hostname;
  delete config.domainname;
  // Without a UTS namespace of its own it has the host's names.
  if (hostname !== undefined) {
    config.hostname = hostname;
    if (domainname !== undefined) config.domainname = domainname;
  }
  // The bundle's cgroup is not for every container made from it.
  delete config.linux.cgroupsPath;
  if (spec.cgroupParent !== undefined) {
    const parent = spec.cgroupParent.replace(/\/+$/, "");
    config.linux.cgroupsPath = `${parent}/${context.id}`;
  }
  return parseConfig(config, `the configuration of ${context.name}`);
}

/** What docker gives a container whose image says nothing. */
function dockerConfig(
  { directory }: Image,
  { thermalPaths = [], openSettings = {} }: ConfigContext,
): Config {
  return parseConfig({
    ociVersion: "1.1.0",
    // A root filesystem names no program: the specification's replaces this.
    process: { args: ["sh"], cwd: "/", user: { umask: 0o022 } },
    root: { path: directory },
    mounts: defaultMounts(),
    linux: {
      namespaces: NAMESPACES.map((type) => ({ type })),
      resources: { devices: [{ allow: false, access: "rwm" }] },
      sysctl: openSettings,
      maskedPaths: [...MASKED_PATHS, ...thermalPaths],
      readonlyPaths: READONLY_PATHS,
    },
  }, "docker's defaults");
}

/** The program, as whom and with what it runs. */
function containerProcess(
  spec: Specification,
  base: Process,
  image: Image,
  hostname: string | undefined,
  context: ConfigContext,
): Process {
  const { consoleSize: _, apparmorProfile, ...kept } = base;
  const { securityContext: security } = spec;
  const profile = chooseAppArmor(security, image, apparmorProfile);
  const user = {
    ...base.user,
    uid: security.runAsUser ?? base.user.uid,
    gid: security.runAsGroup ?? base.user.gid,
    additionalGids: [
      ...base.user.additionalGids,
      ...context.groups ?? [],
    ],
    umask: spec.umask ?? base.user.umask,
  };
  if (security.runAsNonRoot && user.uid === 0) {
    throw refusal(
      "securityContext.runAsNonRoot",
      "the image's user is root; set runAsUser",
    );
  }
  return {
    ...kept,
    terminal: spec.tty,
    user,
    args: commandLine(spec, base, image),
    env: environment(spec, base, hostname, context),
    cwd: spec.workingDir ?? base.cwd,
    capabilities: containerCapabilities(security, base.capabilities, user.uid),
    noNewPrivileges: security.allowPrivilegeEscalation === undefined
      ? base.noNewPrivileges && !security.privileged
      : !security.allowPrivilegeEscalation,
    rlimits: [
      ...base.rlimits.filter(({ type }) =>
        !spec.ulimits.some((limit) => limit.type === type)
      ),
      ...spec.ulimits,
    ],
    ...(profile !== undefined && { apparmorProfile: profile }),
    oomScoreAdj: spec.oomScoreAdj ?? base.oomScoreAdj,
  };
}

function commandLine(
  { command = [], args = [] }: Specification,
  base: Process,
  image: Image,
): string[] {
  if (command.length + args.length > 0) return [...command, ...args];
  if (image.kind === "bundle") return base.args;
  throw refusal(
    "args",
    `nothing to run; ${image.directory} is a root filesystem, which names no ` +
      "program of its own",
  );
}

/** Later ones win: rkl's defaults, the bundle's, the specification's. */
function environment(
  spec: Specification,
  base: Process,
  hostname: string | undefined,
  { home }: ConfigContext,
): string[] {
  const env = new Map<string, string>([["PATH", DEFAULT_PATH]]);
  if (hostname !== undefined) env.set("HOSTNAME", hostname);
  if (spec.tty) env.set("TERM", "xterm");
  if (home !== undefined) env.set("HOME", home);
  for (const entry of base.env) {
    const equals = entry.indexOf("=");
    env.set(entry.slice(0, equals), entry.slice(equals + 1));
  }
  for (const { name, value } of spec.env) env.set(name, value);
  return [...env].map(([name, value]) => `${name}=${value}`);
}

/** A container with a UTS namespace of its own is called something. */
function containerHostname(
  spec: Specification,
  base: Config,
  namespaces: readonly Namespace[],
  { name }: ConfigContext,
): string | undefined {
  const uts = namespaces.find(({ type }) => type === "uts");
  if (uts === undefined || uts.path !== undefined) return undefined;
  return spec.hostname ?? base.hostname ?? name.slice(0, 63);
}

/** A generated configuration lies elsewhere than the bundle it comes from. */
function absoluteSources({ mounts }: Config, { directory }: Image) {
  return mounts.map((mount) =>
    mount.options.some((option) => option === "bind" || option === "rbind")
      ? { ...mount, source: resolveAsText(mount.source, directory) }
      : mount
  );
}

function refusal(where: string, message: string): SpecificationError {
  return new SpecificationError([{ where, message }]);
}
