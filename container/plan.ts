/**
 * From a specification to a container that can be made: the image is looked
 * at, names are looked up in it, and the config is settled.
 *
 * @module
 */
import { isMissing, resolveAsText } from "../sys/path.ts";
import { readConfig } from "../runtime/spec.ts";
import { PlanError } from "../runtime/plan_error.ts";
import { requireDirectory } from "../runtime/request.ts";
import { containerConfig, type Image } from "./config.ts";
import { findDevices } from "./host_devices.ts";
import { planHealthcheck } from "./health/healthcheck.ts";
import { thermalPaths } from "./covered_paths.ts";
import { randomId, shortId } from "./id.ts";
import { planLogging } from "./log/logging.ts";
import { type MountPlan, plainMounts } from "./mount/needs.ts";
import { isName, NAME_RULE } from "./name.ts";
import { DEFAULT_MODE, type NetworkMode } from "./network/mode.ts";
import { openSettings } from "./network/open_settings.ts";
import type { Port } from "./network/port_fields.ts";
import { chooseSeccomp } from "./security.ts";
import type { Specification } from "./specification/specification.ts";
import type { Container } from "./store.ts";
import { lookUp, lookUpGroup } from "./users.ts";

/** What whoever runs containers adds to a specification. */
export interface Wishes {
  /** The network, where neither the specification nor a bundle says. */
  network?: NetworkMode;
}

const SIGTERM = 15;
const ANY_FREE = { first: 0, last: 0 };
const STOP_TIMEOUT = 10;

/**
 * Settles what a container is made from. Its image is an absolute path.
 *
 * @param mounts Its mounts, where some have to be looked up.
 * @throws {SpecificationError | SpecError | PlanError | UnknownUserError}
 */
export function planContainer(
  asked: Specification,
  wishes: Wishes = {},
  { mounts, volumes }: MountPlan = plainMounts(asked),
): Container {
  const id = randomId();
  const name = asked.name ?? shortId(id);
  if (!isName(name)) {
    throw new PlanError(
      `"${name}" is no container name; allowed: ${NAME_RULE}`,
    );
  }
  // Files and flags have settled it; a program may not.
  const path = resolveAsText(asked.image, Deno.cwd());
  const image = findImage(path);
  const network = asked.network ?? usualNetwork(image, wishes);
  const spec = { ...asked, mounts: [...mounts], ...(network && { network }) };
  const rootfs = image.kind === "rootfs"
    ? image.directory
    : resolveAsText(image.config.root.path, image.directory);
  requireDirectory(rootfs);
  const identity = lookUpUser(spec, rootfs);
  const config = containerConfig(
    {
      ...spec,
      securityContext: {
        // Who wants to write into the image means a protected one, too.
        ...(spec.writeImage && { readOnlyRootFilesystem: false }),
        ...spec.securityContext,
        ...(identity && {
          runAsUser: identity.uid,
          runAsGroup: spec.securityContext.runAsGroup ?? identity.gid,
        }),
      },
    },
    image,
    {
      id,
      name,
      volumes,
      home: identity ? identity.home ?? "/" : "/root",
      groups: [
        ...identity?.groups ?? [],
        ...spec.groups.map((group) => lookUpGroup(rootfs, String(group))),
      ],
      host: findDevices(spec),
      thermalPaths: thermalPaths(),
      openSettings: openSettings(network),
    },
  );
  const ports = spec.publishAll
    ? spec.ports.map((port) => ({ hostPort: ANY_FREE, ...port }))
    : spec.ports;
  checkPorts(ports, network);
  const { restart } = spec;
  const restarts = restart && restart.name !== "no";
  if (restarts && spec.autoRemove) {
    throw new PlanError(
      "conflicting options: cannot specify both --restart and --rm",
    );
  }
  const healthcheck = planHealthcheck(spec.healthcheck);
  return {
    id,
    name,
    image: path,
    ...(chooseSeccomp(spec.securityContext, image) === "RuntimeDefault" && {
      seccomp: "builtin",
    }),
    created: new Date().toISOString(),
    config,
    overlay: !spec.writeImage,
    stdin: spec.stdin,
    autoRemove: spec.autoRemove ?? false,
    ...(spec.init && { init: true }),
    stopSignal: spec.stopSignal ?? SIGTERM,
    stopTimeout: spec.stopTimeout ?? STOP_TIMEOUT,
    labels: spec.labels,
    ...(restarts && { restart }),
    ...(healthcheck && { healthcheck }),
    logging: planLogging(spec.logging ?? {}, {
      labels: spec.labels,
      env: config.process.env,
    }),
    ...(mounts.length > 0 && { mounts }),
    ...(network && { network }),
    ...sharingOf(spec),
    ...(ports.length > 0 && { ports }),
    hostAliases: spec.hostAliases,
    dnsConfig: spec.dnsConfig,
    ...(spec.publishFrom && { publishFrom: spec.publishFrom }),
  };
}

/** The specification has seen to the networks that it names. */
function checkPorts(
  ports: readonly Port[],
  network: NetworkMode | undefined,
): void {
  if (network && ["networks", "host"].includes(network.kind)) return;
  const [first] = ports.filter(({ hostPort }) => hostPort !== undefined);
  if (!first) return;
  const { containerPort, protocol } = first;
  throw new PlanError(
    `cannot publish port ${containerPort}/${protocol.toLowerCase()}: the ` +
      "container is on no network (RKL_NETWORK, or its bundle, says so); " +
      "name one with --network",
  );
}

/**
 * The default network, unless a bundle has another namespace in mind: the
 * host's, or one with a path.
 */
function usualNetwork(
  image: Image,
  { network = DEFAULT_MODE }: Wishes,
): NetworkMode | undefined {
  if (image.kind === "rootfs") return network;
  const { namespaces } = image.config.linux;
  const own = namespaces.find(({ type }) => type === "network");
  return own && own.path === undefined ? network : undefined;
}

/** A directory with a config.json is a bundle, any other a root filesystem. */
function findImage(path: string): Image {
  let info: Deno.FileInfo;
  try {
    info = Deno.statSync(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new PlanError(
      `image: ${path} does not exist; give the directory of a bundle or of a ` +
        "root filesystem",
      { cause: error },
    );
  }
  if (!info.isDirectory) {
    throw new PlanError(
      `image: ${path} is not a directory; give that of a bundle or of a root ` +
        "filesystem",
    );
  }
  try {
    Deno.lstatSync(`${path}/config.json`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return { kind: "rootfs", directory: path };
  }
  return { kind: "bundle", directory: path, config: readConfig(path) };
}

function lookUpUser(
  { user, securityContext: { runAsUser, runAsGroup } }: Specification,
  rootfs: string,
) {
  if (user !== undefined) return lookUp(rootfs, user);
  if (runAsUser === undefined) return undefined;
  const group = runAsGroup === undefined ? "" : `:${runAsGroup}`;
  return lookUp(rootfs, `${runAsUser}${group}`);
}

/** Whose namespaces it has; that of a mode that says so is its own. */
function sharingOf(
  { pid, ipc }: Specification,
): Pick<Container, "pid" | "ipc"> {
  return { ...(pid && { pid }), ...(ipc && { ipc }) };
}
