/**
 * The three files a container finds names with, from those of the host.
 *
 * @module
 */
import { isMissing } from "../../sys/path.ts";
import { formatHostname } from "./hostname.ts";
import { formatHosts, type HostsRequest } from "./hosts.ts";
import {
  deriveResolvConf,
  isSystemdStub,
  type ResolverRequest,
} from "./resolver.ts";

/** What decides over the files. */
export interface NamesRequest extends HostsRequest, ResolverRequest {}

/** Their texts. */
export interface NamesFiles {
  /** /etc/hosts */
  readonly hosts: string;
  /** /etc/hostname */
  readonly hostname: string;
  /** /etc/resolv.conf */
  readonly resolvConf: string;
  /** What the user should know: sentences without a full stop. */
  readonly warnings: readonly string[];
}

/** Where the host has its files. */
export interface HostPaths {
  /** Read with the host's network only. */
  readonly hosts: string;
  /** What the host's resolver is told. */
  readonly resolvConf: string;
  /** Whom systemd-resolved asks, read when the host asks it. */
  readonly systemdResolvConf: string;
}

/** On every Linux. */
export const HOST_PATHS: HostPaths = {
  hosts: "/etc/hosts",
  resolvConf: "/etc/resolv.conf",
  systemdResolvConf: "/run/systemd/resolve/resolv.conf",
};

/** A file of the host that is there and cannot be read. */
export class HostFileError extends Error {
  /** Tells it from other errors. */
  override readonly name = "HostFileError";

  /** Says which one, and why. */
  constructor(
    /** The file. */
    readonly path: string,
    /** What stood in the way. */
    cause: Error,
  ) {
    super(
      `cannot make the container's files of the host's ${path}: ` +
        cause.message,
      { cause },
    );
  }
}

/**
 * Reads the host's files, as far as they count, and says what the container's
 * are. A file that the host lacks is as good as an empty one.
 *
 * @throws {HostFileError}
 * @throws {NoGatewayError}
 * @throws {InvalidNameError} for a host name that would break the files
 */
export function namesFiles(
  request: NamesRequest,
  paths: HostPaths = HOST_PATHS,
): NamesFiles {
  const hostsText = request.hostNetwork ? read(paths.hosts) : undefined;
  const { text, warnings } = deriveResolvConf(
    request,
    readResolvConf(request, paths),
  );
  return {
    hosts: formatHosts(request, hostsText),
    hostname: formatHostname(request.hostname),
    resolvConf: text,
    warnings,
  };
}

/**
 * The stub of systemd-resolved answers on the host's network, and the network's
 * own DNS server is there too: only others need what is behind it.
 */
function readResolvConf(
  { hostNetwork, server }: NamesRequest,
  { resolvConf, systemdResolvConf }: HostPaths,
): string {
  const text = read(resolvConf) ?? "";
  if (hostNetwork || server || !isSystemdStub(text)) return text;
  return read(systemdResolvConf) ?? text;
}

function read(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error instanceof Error ? new HostFileError(path, error) : error;
  }
}
