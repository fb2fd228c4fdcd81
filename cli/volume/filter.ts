/**
 * `--filter` of commands about volumes, as docker has it.
 *
 * @module
 */
import type { Volume } from "../../volume/volume.ts";
import type { Filter } from "../network/filter.ts";
import type { Parser } from "../values.ts";

/** A volume, and whether a container uses it. */
export interface Used extends Volume {
  readonly used: boolean;
}

type Condition = (value: string) => (volume: Used) => boolean;

const LABELS: Readonly<Record<string, Condition>> = {
  label: (value) => {
    const [key = "", ...rest] = value.split("=");
    return ({ labels }) =>
      Object.hasOwn(labels, key) &&
      (rest.length === 0 || labels[key] === rest.join("="));
  },
  "label!": (value) => (volume) => !LABELS.label!(value)(volume),
};

const KEYS: Readonly<Record<string, Condition>> = {
  ...LABELS,
  name: (value) => ({ name }) => name.includes(value),
  driver: (value) => ({ driver }) => driver === value,
  dangling: (value) => {
    const dangling = truth(value);
    return ({ used }) => used !== dangling;
  },
};

/** The flag of `list`. */
export const FILTER = flagOf(
  KEYS,
  "Only those with this name, driver or label; dangling=true: unused",
);

/** The flag of `prune`, which means unused ones anyway. */
export const LABEL_FILTER = flagOf(
  LABELS,
  "Only those with this label: label=KEY[=VALUE], or label!=…",
);

function flagOf(keys: Readonly<Record<string, Condition>>, help: string): {
  readonly type: readonly [Parser<Filter<Used>>];
  readonly value: string;
  readonly help: string;
} {
  const parse = (text: string): Filter<Used> => {
    const [, key = "", value = ""] = /^([a-z]+!?)=(.+)$/.exec(text) ?? [];
    if (Object.hasOwn(keys, key)) return { key, holds: keys[key]!(value) };
    const known = Object.keys(keys).map((key) => `${key}=…`).join(", ");
    throw new Error(`must be one of ${known}`);
  };
  return { type: [parse], value: "KEY=VALUE", help };
}

function truth(text: string): boolean {
  if (/^(true|1)$/.test(text)) return true;
  if (/^(false|0)$/.test(text)) return false;
  throw new Error("must be true or false");
}
