/**
 * A specification from flags laid over one from a file: what the flags say
 * counts, lists grow, and what they do not say stays.
 *
 * @module
 */
import type { Specification } from "../../container/specification.ts";

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
      ...context,
      ...over,
      runAsNonRoot: context.runAsNonRoot,
      procMount: context.procMount,
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
    ports: [...file.ports, ...flags.ports],
    // The first line of a name counts.
    hostAliases: [...flags.hostAliases, ...file.hostAliases],
    dnsConfig: overlayLists(file.dnsConfig, flags.dnsConfig),
    mounts: [...file.mounts, ...flags.mounts],
    labels: { ...file.labels, ...flags.labels },
    annotations: { ...file.annotations, ...flags.annotations },
    ...overlayLogging(file, flags),
    ulimits: byLast([...file.ulimits, ...flags.ulimits], ({ type }) => type),
    sysctls: [...file.sysctls, ...flags.sysctls],
    groups: [...file.groups, ...flags.groups],
  };
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
