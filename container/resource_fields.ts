/**
 * Fields of a specification that limit a container beside `resources`: what
 * docker and compose have words for, and Kubernetes has not.
 *
 * @module
 */
import {
  flag,
  integer,
  list,
  matching,
  optional,
  strictObject,
} from "../sys/schema.ts";
import { absolutePath, quantity } from "./fields.ts";
import { bytes } from "./quantity.ts";

/** Bytes. */
export const memory = quantity((value) => bytes(value));

/** Bytes, or -1 for no limit. */
const memoryOrNone = quantity(
  (value) => Number(value) === -1 ? -1 : bytes(value),
  -1,
);

/** Microseconds; the kernel takes periods from a millisecond to a second. */
const period = integer(
  1000,
  1_000_000,
  "a period from 1000 to 1000000 microseconds",
);

const numberList = matching(
  "a list such as 0-2,5",
  /^\d+(-\d+)?(,\d+(-\d+)?)*$/,
);

const weight = integer(10, 1000);
const weights = optional(list(
  strictObject({ path: absolutePath, weight }),
  "{path, weight}",
));
const byteRates = optional(list(
  strictObject({ path: absolutePath, rate: memory }),
  "{path, rate}",
));
const operationRates = optional(list(
  strictObject({
    path: absolutePath,
    rate: integer(1, Number.MAX_SAFE_INTEGER, "a whole number, 1 or more"),
  }),
  "{path, rate}",
));

/** `blockIO`; its devices are files of the host. */
const BlockIO = strictObject({
  weight: optional(weight),
  weightDevice: weights,
  deviceReadBps: byteRates,
  deviceWriteBps: byteRates,
  deviceReadIops: operationRates,
  deviceWriteIops: operationRates,
});

/** The fields, by their names. */
export const RESOURCE_FIELDS = {
  /** Of memory and swap together. */
  memorySwap: optional(memoryOrNone),
  memorySwappiness: optional(integer(0, 100)),
  oomKillDisable: optional(flag),
  cpuShares: optional(integer(2, 262_144)),
  cpuPeriod: optional(period),
  /** Microseconds in each period. */
  cpuQuota: optional(integer(
    -1,
    Number.MAX_SAFE_INTEGER,
    "1000 microseconds or more, or -1 for no limit",
  )),
  cpuRtPeriod: optional(period),
  cpuRtRuntime: optional(integer(0, 1_000_000)),
  cpusetCpus: optional(numberList),
  cpusetMems: optional(numberList),
  pidsLimit: optional(
    integer(-1, 2 ** 22, "a number of tasks, or -1 for no limit"),
  ),
  blockIO: optional(BlockIO),
  /** Of /dev/shm. */
  shmSize: optional(memory),
};
