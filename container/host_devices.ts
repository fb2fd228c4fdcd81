/**
 * Devices of the host that a specification names: which they are, as the
 * kernel knows them.
 *
 * @module
 */
import { isMissing } from "../sys/path.ts";
import type { Device, DeviceRule } from "../runtime/spec.ts";
import { PlanError } from "../runtime/plan_error.ts";
import type { Specification } from "./specification/specification.ts";

/** A device by its numbers. */
export interface DeviceNumber {
  readonly major: number;
  readonly minor: number;
}

/** What was found. */
export interface HostDevices {
  /** Nodes to make in the container. */
  readonly nodes: readonly Device[];
  /** What the container may do with them. */
  readonly rules: readonly DeviceRule[];
  /** Block devices that limits are for, by their paths. */
  readonly numbers: ReadonlyMap<string, DeviceNumber>;
}

/** What every container has its own of in /dev. */
const OWN = new Set(["console", "fd", "mqueue", "ptmx", "pts", "shm"]);

/**
 * Looks at the devices that `devices` and `blockIO` name; who is privileged
 * gets all the host has.
 *
 * @throws {PlanError} for what is not there, or no device
 */
export function findDevices(
  { devices, blockIO = {}, securityContext: { privileged } }: Pick<
    Specification,
    "devices" | "blockIO" | "securityContext"
  >,
): HostDevices {
  const found = devices.flatMap((wish) =>
    nodesAt(wish.source, wish.target).map((node) => ({
      node,
      rule: { ...ruleOf(node), access: wish.permissions },
    }))
  );
  const { weight: _, ...lists } = blockIO;
  const paths = Object.values(lists).flatMap((list) =>
    (list ?? []).map(({ path }) => path)
  );
  const nodes = [
    ...privileged ? walk("/dev", "/dev", OWN) : [],
    ...found.map(({ node }) => node),
  ];
  return {
    nodes: [...new Map(nodes.map((node) => [node.path, node])).values()],
    rules: found.map(({ rule }) => rule),
    numbers: new Map(paths.map((path) => [path, blockDevice(path)])),
  };
}

/** A device, or all in a directory, as nodes at `target` in the container. */
function nodesAt(source: string, target: string): Device[] {
  const info = look(source);
  const node = deviceOf(info, target);
  if (node) return [node];
  if (!info.isDirectory) {
    throw new PlanError(
      `devices: ${source} is no device; use mounts (--volume) for files`,
    );
  }
  const nodes = walk(source, target);
  if (nodes.length > 0) return nodes;
  throw new PlanError(`devices: there is no device in ${source}`);
}

/** Links in a directory are left out: they would give a device twice. */
function walk(
  source: string,
  target: string,
  except: ReadonlySet<string> = new Set(),
): Device[] {
  return Array.from(Deno.readDirSync(source))
    .toSorted((a, b) => a.name < b.name ? -1 : 1)
    .flatMap(({ name, isDirectory, isSymlink }) => {
      if (isSymlink || except.has(name)) return [];
      const [from, to] = [`${source}/${name}`, `${target}/${name}`];
      if (isDirectory) return walk(from, to);
      const info = tryLook(from);
      return info ? deviceOf(info, to) ?? [] : [];
    });
}

function look(path: string): Deno.FileInfo {
  const info = tryLook(path);
  if (info) return info;
  throw new PlanError(`devices: ${path} does not exist on the host`);
}

/** A device may be unplugged at any moment. */
function tryLook(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
    return undefined;
  }
}

function deviceOf(info: Deno.FileInfo, path: string): Device | undefined {
  if (!info.isCharDevice && !info.isBlockDevice) return undefined;
  return {
    type: info.isCharDevice ? "c" : "b",
    path,
    ...numberOf(info),
    fileMode: info.mode! & 0o7777,
    uid: info.uid!,
    gid: info.gid!,
  };
}

/** As gnu_dev_major(3) takes dev_t apart. */
function numberOf({ rdev }: Deno.FileInfo): DeviceNumber {
  const number = BigInt(rdev!);
  const high = Number(number >> 32n);
  const low = Number(number & 0xffff_ffffn);
  return {
    major: (low >>> 8 & 0xfff) | (high & ~0xfff),
    minor: (low & 0xff) | (low >>> 12 & ~0xff),
  };
}

function ruleOf({ type, major, minor }: Device): DeviceRule {
  return { allow: true, type: type as "b" | "c", major, minor, access: "rwm" };
}

function blockDevice(path: string): DeviceNumber {
  const info = look(path);
  if (info.isBlockDevice) return numberOf(info);
  throw new PlanError(`blockIO: ${path} is no block device`);
}
