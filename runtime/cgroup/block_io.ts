/**
 * OCI `blockIO` as files of the controller blkio (v1) or io (v2).
 *
 * @module
 */
import { CgroupError } from "./errors.ts";
import type { Limit, Version } from "./limits.ts";
import type { LinuxResources, LinuxThrottleDevice } from "./resources.ts";

/** The four throttles: field, words, v1's file, v2's key in io.max. */
const THROTTLES = [
  ["throttleReadBpsDevice", "read bytes", "read_bps_device", "rbps"],
  ["throttleWriteBpsDevice", "write bytes", "write_bps_device", "wbps"],
  ["throttleReadIOPSDevice", "reads", "read_iops_device", "riops"],
  ["throttleWriteIOPSDevice", "writes", "write_iops_device", "wiops"],
] as const;

/** The limits of `blockIO`. */
export function blockIOLimits(
  { blockIO = {} }: LinuxResources,
  version: Version,
): Limit[] {
  const { weight, leafWeight, weightDevice = [] } = blockIO;
  if (leafWeight || weightDevice.some((device) => device.leafWeight)) {
    throw new CgroupError(
      "cannot set blockIO.leafWeight: it belonged to the CFQ scheduler, which " +
        "Linux 5.0 removed; use weight",
      { what: "block I/O leaf weight", controller: "blkio" },
    );
  }
  const limits: Limit[] = [];
  if (weight) {
    const what = "block I/O weight";
    limits.push(
      version === "v1"
        ? { what, ...v1Weight("", String(weight)) }
        : { what, ...v2Weight("default", weight) },
    );
  }
  for (const { major, minor, weight } of weightDevice) {
    if (!weight) continue;
    const device = `${major}:${minor}`;
    const what = `block I/O weight of ${device}`;
    limits.push(
      version === "v1"
        ? { what, ...v1Weight("_device", `${device} ${weight}`) }
        : { what, ...v2Weight(device, weight) },
    );
  }
  for (const [field, words, v1File, v2Key] of THROTTLES) {
    for (const { major, minor, rate } of blockIO[field] ?? []) {
      const device = `${major}:${minor}`;
      const what = `limit of ${words} a second on ${device}`;
      limits.push(
        version === "v1"
          ? { what, ...v1Throttle(v1File, device, rate) }
          : { what, file: "io.max", value: `${device} ${v2Key}=${rate}` },
      );
    }
  }
  return limits;
}

/** CFQ's file until Linux 5.0, BFQ's since. */
function v1Weight(suffix: string, value: string) {
  const instead = { file: `blkio.weight${suffix}`, value };
  return { file: `blkio.bfq.weight${suffix}`, value, instead };
}

/**
 * BFQ takes OCI's numbers (10 to 1000) as they are; io.weight, of the iocost
 * controller, goes from 1 to 10000 and gets them spread over that range.
 */
function v2Weight(device: string, weight: number) {
  const spread = Math.floor(1 + (weight - 10) * 9999 / 990);
  return {
    file: "io.bfq.weight",
    value: `${device} ${weight}`,
    instead: { file: "io.weight", value: `${device} ${spread}` },
  };
}

function v1Throttle(
  file: string,
  device: string,
  rate: LinuxThrottleDevice["rate"],
) {
  return { file: `blkio.throttle.${file}`, value: `${device} ${rate}` };
}
