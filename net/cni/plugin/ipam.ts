/**
 * Leasing addresses: by what is built in, or by another plugin.
 *
 * @module
 */
import { CNI_CODE, CniError } from "../error.ts";
import { type CniResult, parseResult } from "../result.ts";
import type { CniCommand } from "../version.ts";
import type { BridgeConfig } from "./config.ts";
import { delegate } from "./delegate.ts";
import type { Attachment } from "./environment.ts";
import {
  findExhausted,
  hasAddress,
  leaseAddresses,
  releaseAddresses,
  sweepAddresses,
} from "./host_local.ts";
import type { HostLocal } from "./host_local_config.ts";
import { formatRanges } from "./ranges.ts";

/** Who leases addresses, for one call of the plugin. */
export interface Ipam {
  /** Leases addresses. */
  add(attachment: Attachment): Promise<CniResult>;
  /** Gives them back, if there are any. */
  del(attachment: Attachment): Promise<void>;
  /** Makes sure that they are leased. */
  check(attachment: Attachment): Promise<void>;
  /** Gives back those of attachments that are not valid any more. */
  gc(valid: readonly Attachment[]): Promise<void>;
  /** Makes sure that there is something to lease. */
  status(): Promise<void>;
}

/** What another plugin needs. */
export interface Call {
  /** The configuration as it came. */
  readonly stdin: string;
  /** CNI_PATH. */
  readonly path: string;
}

/** The IPAM of a configuration; undefined when it has none. */
export function ipamOf(
  { ipam }: Pick<BridgeConfig, "ipam">,
  call: Call,
): Ipam | undefined {
  if (!ipam) return undefined;
  return ipam.by === "host-local"
    ? builtIn(ipam.hostLocal)
    : other(ipam.program, call);
}

/** A failure is a rejection, as that of another plugin is. */
function builtIn(config: HostLocal): Ipam {
  return {
    add: (attachment) => Promise.try(leaseAddresses, config, attachment),
    del: (attachment) => Promise.try(releaseAddresses, config, attachment),
    gc: (valid) => Promise.try(sweepAddresses, config, valid),
    check: (attachment) => Promise.try(requireAddress, config, attachment),
    status: () => Promise.try(requireFree, config),
  };
}

function requireAddress(config: HostLocal, attachment: Attachment): void {
  if (hasAddress(config, attachment)) return;
  throw new CniError(
    CNI_CODE.INTERNAL,
    `${attachment.ifname} of ${attachment.containerId} has no address leased ` +
      `in ${config.directory}`,
  );
}

function requireFree(config: HostLocal): void {
  const set = findExhausted(config);
  if (!set) return;
  throw new CniError(
    CNI_CODE.UNAVAILABLE,
    `no address is free in ${formatRanges(set)}`,
  );
}

function other(program: string, call: Call): Ipam {
  const run = (command: CniCommand) => delegate({ program, ...call }, command);
  const silent = (command: CniCommand) => async () => void await run(command);
  return {
    add: async () => parseResult(await run("ADD"), `what ${program} printed`),
    del: silent("DEL"),
    check: silent("CHECK"),
    gc: silent("GC"),
    status: silent("STATUS"),
  };
}
