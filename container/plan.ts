/**
 * From a specification to a container that can be made: the image is looked
 * at, names are looked up in it, and the config is settled.
 *
 * @module
 */
import { isMissing, resolveAsText } from "../sys/path.ts";
import { type Config, readConfig, type Resources } from "../runtime/spec.ts";
import { PlanError } from "../runtime/plan_error.ts";
import { requireDirectory } from "../runtime/request.ts";
import { containerConfig, type Image } from "./config.ts";
import { randomId, shortId } from "./id.ts";
import { planLogging } from "./log/logging.ts";
import { isName, NAME_RULE } from "./name.ts";
import { DEFAULT_MODE, type NetworkMode } from "./network_mode.ts";
import type { Port } from "./port_fields.ts";
import type { Specification } from "./specification.ts";
import type { Container } from "./store.ts";
import { lookUp, lookUpGroup } from "./users.ts";

/** What the command line adds to a specification. */
export interface Wishes {
  /** `USER[:GROUP]`, names or ids; over securityContext. */
  user?: string;
  /** Supplementary groups, names or ids. */
  groups?: readonly string[];
  /** Limits a specification has no field for. */
  resources?: Omit<Resources, "devices">;
  /** Write into the image itself. */
  rw?: boolean;
  /** Remove the container when it has ended. */
  rm?: boolean;
  /** Its network, where neither the specification nor a bundle says. */
  network?: NetworkMode;
  /** Publish all it listens on; on a free port where nothing else is said. */
  publishAll?: boolean;
}

const SIGTERM = 15;
const ANY_FREE = { first: 0, last: 0 };
const STOP_TIMEOUT = 10;

/**
 * Settles what a container is made from. Its image is an absolute path.
 *
 * @throws {SpecificationError | SpecError | PlanError | UnknownUserError}
 */
export function planContainer(
  spec: Specification,
  wishes: Wishes = {},
): Container {
  const id = randomId();
  const name = spec.name ?? shortId(id);
  if (!isName(name)) {
    throw new PlanError(
      `"${name}" is no container name; allowed: ${NAME_RULE}`,
    );
  }
  // Files and flags have settled it; a program may not.
  const path = resolveAsText(spec.image, Deno.cwd());
  const image = findImage(path);
  const rootfs = image.kind === "rootfs"
    ? image.directory
    : resolveAsText(image.config.root.path, image.directory);
  requireDirectory(rootfs);
  const identity = lookUpUser(spec, wishes, rootfs);
  const groups = [
    ...identity?.groups ?? [],
    ...(wishes.groups ?? []).map((group) => lookUpGroup(rootfs, group)),
  ];
  const config = containerConfig(
    {
      ...spec,
      groups: [...spec.groups, ...groups],
      securityContext: {
        // Who wants to write into the image means a protected one, too.
        ...(wishes.rw && { readOnlyRootFilesystem: false }),
        ...spec.securityContext,
        ...(identity && {
          runAsUser: identity.uid,
          runAsGroup: spec.securityContext.runAsGroup ?? identity.gid,
        }),
      },
    },
    image,
    { id, name, home: identity ? identity.home ?? "/" : "/root" },
  );
  config.linux.resources = merge(config.linux.resources, wishes.resources);
  const network = spec.network ?? usualNetwork(config, wishes);
  const ports = wishes.publishAll
    ? spec.ports.map((port) => ({ hostPort: ANY_FREE, ...port }))
    : spec.ports;
  checkPorts(ports, network);
  return {
    id,
    name,
    image: path,
    created: new Date().toISOString(),
    config,
    overlay: !wishes.rw,
    stdin: spec.stdin,
    autoRemove: wishes.rm ?? false,
    stopSignal: spec.stopSignal ?? SIGTERM,
    stopTimeout: spec.stopTimeout ?? STOP_TIMEOUT,
    labels: spec.labels,
    logging: planLogging(spec.logging ?? {}, {
      labels: spec.labels,
      env: config.process.env,
    }),
    ...(network && { network }),
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
  { linux: { namespaces } }: Config,
  { network }: Wishes,
): NetworkMode | undefined {
  const own = namespaces.find(({ type }) => type === "network");
  if (!own || own.path !== undefined) return undefined;
  return network ?? DEFAULT_MODE;
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
  { securityContext: { runAsUser, runAsGroup } }: Specification,
  { user }: Wishes,
  rootfs: string,
) {
  if (user !== undefined) return lookUp(rootfs, user);
  if (runAsUser === undefined) return undefined;
  const group = runAsGroup === undefined ? "" : `:${runAsGroup}`;
  return lookUp(rootfs, `${runAsUser}${group}`);
}

function merge(base: Resources, added: Wishes["resources"]): Resources {
  if (!added) return base;
  return {
    ...base,
    ...added,
    ...(added.cpu && { cpu: { ...base.cpu, ...added.cpu } }),
    ...(added.memory && { memory: { ...base.memory, ...added.memory } }),
  };
}
