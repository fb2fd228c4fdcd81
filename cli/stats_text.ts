/**
 * What containers use, as docker prints it. What nothing counts is `--`.
 *
 * @module
 */
import type { Usage } from "../container/usage.ts";
import { shortId } from "../container/id.ts";
import type { Listing } from "./format.ts";
import { formatBinarySize, formatSize } from "./size.ts";

/** The columns of the table, and their headings where they are others. */
export const STATS_LISTING: Listing<StatsFields> = {
  columns: [
    "ID",
    "Name",
    "CPUPerc",
    "MemUsage",
    "MemPerc",
    "NetIO",
    "BlockIO",
    "PIDs",
  ],
  headings: {
    ID: "CONTAINER ID",
    CPUPerc: "CPU %",
    MemUsage: "MEM USAGE / LIMIT",
    MemPerc: "MEM %",
    NetIO: "NET I/O",
    BlockIO: "BLOCK I/O",
    PIDs: "PIDS",
  },
};

/** One container's, with docker's names. */
export interface StatsFields {
  readonly BlockIO: string;
  readonly CPUPerc: string;
  readonly Container: string;
  readonly ID: string;
  readonly MemPerc: string;
  readonly MemUsage: string;
  readonly Name: string;
  readonly NetIO: string;
  readonly PIDs: string;
}

const UNKNOWN = "--";

/** What is shown of a container; its id in full or not. */
export function statsFields(usage: Usage, full: boolean): StatsFields {
  const { memory, traffic, block, pids, cpuPercent } = usage;
  const id = full ? usage.id : shortId(usage.id);
  return {
    BlockIO: block ? both(block.read, block.written) : UNKNOWN,
    CPUPerc: percent(cpuPercent),
    Container: id,
    ID: id,
    MemPerc: percent(memory && memory.used / (memory.limit || 1) * 100),
    MemUsage: memory
      ? `${formatBinarySize(memory.used)} / ${formatBinarySize(memory.limit)}`
      : `${UNKNOWN} / ${UNKNOWN}`,
    Name: usage.name,
    NetIO: both(traffic.received, traffic.sent),
    PIDs: pids === undefined ? UNKNOWN : String(pids),
  };
}

/** Bytes in and out, to three digits. */
function both(bytesIn: number, bytesOut: number): string {
  return `${formatSize(bytesIn, 3)} / ${formatSize(bytesOut, 3)}`;
}

function percent(value: number | undefined): string {
  return value === undefined ? UNKNOWN : `${value.toFixed(2)}%`;
}
