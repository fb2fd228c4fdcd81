/**
 * Devices and links every container has in /dev, by runtime-spec's
 * config-linux.md, and those its config adds.
 *
 * @module
 */
import type { NamespacePlan } from "./namespaces.ts";
import type { Config } from "./spec.ts";
import type { Step } from "./steps.ts";

/** Name, major, minor of the devices that are always there. */
const DEFAULT_DEVICES: readonly [string, number, number][] = [
  ["null", 1, 3],
  ["zero", 1, 5],
  ["full", 1, 7],
  ["random", 1, 8],
  ["urandom", 1, 9],
  ["tty", 5, 0],
];

const DEFAULT_LINKS: readonly [path: string, target: string][] = [
  ["/dev/fd", "/proc/self/fd"],
  ["/dev/stdin", "/proc/self/fd/0"],
  ["/dev/stdout", "/proc/self/fd/1"],
  ["/dev/stderr", "/proc/self/fd/2"],
  ["/dev/ptmx", "pts/ptmx"],
];

const S_IF = { c: 0o020000, u: 0o020000, b: 0o060000, p: 0o010000 } as const;

/**
 * The steps that fill /dev. Where /dev is bound from the host it is complete,
 * and the host's: nothing is made in it.
 */
export function planDevices(
  config: Config,
  namespaces: NamespacePlan,
): Step[] {
  const dev = config.mounts?.find(({ destination }) =>
    /^\/+dev\/*$/.test(destination)
  );
  const bound = dev?.type === "bind" ||
    dev?.options?.some((option) => option === "bind" || option === "rbind");
  const own = (config.linux?.devices ?? [])
    .filter(({ path }) => !bound || !/^\/+dev\//.test(path));
  const defaults = bound ? [] : DEFAULT_DEVICES.map(([name, major, minor]) => ({
    path: `/dev/${name}`,
    type: "c" as const,
    major,
    minor,
    fileMode: 0o666,
    uid: 0,
    gid: 0,
  })).filter(({ path }) => !own.some((device) => device.path === path));
  const devices = [...defaults, ...own].map((device): Step => {
    const { path, type, major = 0, minor = 0, uid = 0, gid = 0 } = device;
    // A user namespace may not make devices; the host's are bound instead.
    if (namespaces.has("user") && type !== "p") {
      return bindDevice(path);
    }
    const mode = S_IF[type] | (device.fileMode ?? 0o666);
    return { op: "device", path, mode, major, minor, uid, gid };
  });
  const links = bound ? [] : DEFAULT_LINKS.map(([path, target]): Step => ({
    op: "symlink",
    path,
    target,
  }));
  return [...devices, ...links];
}

function bindDevice(path: string): Step {
  return {
    op: "bind",
    target: path,
    source: path,
    recursive: false,
    directory: false,
    attributes: [],
    propagation: 0,
  };
}
