/**
 * A specification from flags laid over one from a file: what the flags say
 * counts, lists grow, and what they do not say stays.
 *
 * @module
 */
import { placeOf } from "../../container/mount/place.ts";
import type { Specification } from "../../container/specification/specification.ts";
import { given } from "../flags.ts";

/** `file` with what `flags` say; `image` is the file's. */
export function overlay(
  file: Specification,
  flags: Specification,
): Specification {
  const context = file.securityContext;
  const over = flags.securityContext;
  return {
    ...file,
    ...flags,
    image: file.image,
    env: [...file.env, ...flags.env], // the last of a name counts
    tty: file.tty || flags.tty,
    stdin: file.stdin || flags.stdin,
    securityContext: {
      ...(flags.user === undefined ? context : withoutUser(context)),
      ...over,
      runAsNonRoot: context.runAsNonRoot,
      procMount: over.procMount === "Default"
        ? context.procMount
        : over.procMount,
      maskedPaths: [...context.maskedPaths, ...over.maskedPaths],
      unmaskedPaths: [...context.unmaskedPaths, ...over.unmaskedPaths],
      privileged: context.privileged || over.privileged,
      capabilities: {
        add: [...context.capabilities.add, ...over.capabilities.add],
        drop: [...context.capabilities.drop, ...over.capabilities.drop],
      },
    },
    resources: {
      limits: { ...file.resources.limits, ...flags.resources.limits },
      requests: { ...file.resources.requests, ...flags.resources.requests },
    },
    ...overlayBlockIO(file.blockIO, flags.blockIO),
    devices: [...file.devices, ...flags.devices],
    deviceCgroupRules: [...file.deviceCgroupRules, ...flags.deviceCgroupRules],
    ports: [...file.ports, ...flags.ports],
    ...(file.healthcheck && {
      healthcheck: { ...file.healthcheck, ...flags.healthcheck },
    }),
    // The first line of a name counts.
    hostAliases: [...flags.hostAliases, ...file.hostAliases],
    dnsConfig: overlayLists(file.dnsConfig, flags.dnsConfig),
    mounts: byLast([...file.mounts, ...flags.mounts], placeOf),
    volumesFrom: [...file.volumesFrom, ...flags.volumesFrom],
    labels: { ...file.labels, ...flags.labels },
    annotations: { ...file.annotations, ...flags.annotations },
    ...overlayLogging(file, flags),
    ulimits: byLast([...file.ulimits, ...flags.ulimits], ({ type }) => type),
    sysctls: [...file.sysctls, ...flags.sysctls],
    groups: [...file.groups, ...flags.groups],
  };
}

/** `--user` says all of it anew. */
function withoutUser(
  { runAsUser: _user, runAsGroup: _group, ...rest }:
    Specification["securityContext"],
): Specification["securityContext"] {
  return rest;
}

/** Lists of devices grow. */
function overlayBlockIO(
  under: Specification["blockIO"],
  over: Specification["blockIO"],
): Pick<Specification, "blockIO"> {
  if (!under || !over) return given({ blockIO: over ?? under });
  const lists = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const before = lists[key as keyof typeof lists];
    const grown = Array.isArray(value) && Array.isArray(before)
      ? [...before, ...value]
      : value;
    Object.assign(lists, { [key]: grown });
  }
  return { blockIO: lists };
}

/** The lists of `over`, and those of `under` where they are empty. */
function overlayLists(
  under: Specification["dnsConfig"],
  over: Specification["dnsConfig"],
): Specification["dnsConfig"] {
  const choose = (field: keyof typeof over) =>
    over[field].length > 0 ? over[field] : under[field];
  return {
    nameservers: choose("nameservers"),
    searches: choose("searches"),
    options: choose("options"),
  };
}

/** Another driver does away with the file's options. */
function overlayLogging(
  { logging: under }: Specification,
  { logging: over }: Specification,
): Pick<Specification, "logging"> {
  if (!under || !over || over.driver !== undefined) return {};
  return {
    logging: {
      driver: under.driver,
      options: { ...under.options, ...over.options },
    },
  };
}

/** One item for each key: the last. */
function byLast<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()];
}
