/**
 * Fields of a specification that limit a container: Kubernetes' `resources`,
 * and what docker and compose have words for and Kubernetes has not.
 *
 * @module
 */
import {
  flag,
  integer,
  list,
  matching,
  optional,
  type Output,
  scalar,
  type Schema,
  strictObject,
  withDefault,
} from "../../sys/schema.ts";
import { absolutePath, quantity } from "./values.ts";
import { bytes, cpuQuota } from "./quantity.ts";
import { LIMIT_HINTS } from "./hints.ts";

/** Bytes. */
const memory = quantity((value) => bytes(value));

/** `limits` and `requests`: cpu as a cgroup counts it, memory in bytes. */
const Amounts = strictObject({
  cpu: optional(quantity((value) => cpuQuota(value))),
  memory: optional(memory),
}, LIMIT_HINTS);

/** `resources`. */
const Resources = withDefault(
  strictObject({
    limits: withDefault(Amounts, {}),
    requests: withDefault(Amounts, {}),
  }),
  {},
);

/** Bytes, or -1 for no limit. */
const memoryOrNone = quantity(
  (value) => Number(value) === -1 ? -1 : bytes(value),
  -1,
);

/** A number of `least` or more, or -1. */
function orNone(least: number, expected: string): Schema<number> {
  return scalar(
    expected,
    (value) =>
      value === -1 || Number.isSafeInteger(value) && Number(value) >= least,
    () => ({ anyOf: [{ const: -1 }, { type: "integer", minimum: least }] }),
  );
}

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
  resources: Resources,
  /** Of memory and swap together. */
  memorySwap: optional(memoryOrNone),
  memorySwappiness: optional(integer(0, 100)),
  oomKillDisable: optional(flag),
  cpuShares: optional(integer(2, 262_144)),
  cpuPeriod: optional(period),
  /** Microseconds in each period. */
  cpuQuota: optional(
    orNone(1000, "1000 microseconds or more, or -1 for no limit"),
  ),
  cpuRtPeriod: optional(period),
  cpuRtRuntime: optional(integer(0, 1_000_000)),
  cpusetCpus: optional(numberList),
  cpusetMems: optional(numberList),
  pidsLimit: optional(orNone(1, "1 or more, or -1 for no limit")),
  blockIO: optional(BlockIO),
  /** Of /dev/shm. */
  shmSize: optional(memory),
};

/**
 * What may be said of the limits of a container that is there already.
 *
 * @ignore The library shows the type; the schema has no type but the inferred.
 */
export const Limits = strictObject({
  resources: Resources,
  memorySwap: RESOURCE_FIELDS.memorySwap,
  cpuShares: RESOURCE_FIELDS.cpuShares,
  cpuPeriod: RESOURCE_FIELDS.cpuPeriod,
  cpuQuota: RESOURCE_FIELDS.cpuQuota,
  cpusetCpus: RESOURCE_FIELDS.cpusetCpus,
  cpusetMems: RESOURCE_FIELDS.cpusetMems,
  pidsLimit: RESOURCE_FIELDS.pidsLimit,
  blockIO: optional(strictObject({ weight: optional(weight) })),
});
/** Limits of a container that is there already, checked. */
export type Limits = Output<typeof Limits>;
