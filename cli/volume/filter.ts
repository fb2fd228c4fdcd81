/**
 * `--filter` of commands about volumes.
 *
 * @module
 */
import type { Volume } from "../../volume/volume.ts";
import { filterFlag, labelConditions } from "../filter.ts";

/** A volume, and whether a container uses it. */
export interface Used extends Volume {
  readonly used: boolean;
}

/** The flag of `list`. */
export const FILTER = filterFlag<Used>({
  name: ["TEXT", (value) => ({ name }) => name.includes(value)],
  driver: ["NAME", (value) => ({ driver }) => driver === value],
  dangling: ["true|false", (value) => {
    const dangling = truth(value);
    return ({ used }) => used !== dangling;
  }],
  ...labelConditions(({ labels }) => labels),
});

/** The flag of `prune`, which means those that nobody uses anyway. */
export const LABEL_FILTER = filterFlag<Volume>(
  labelConditions(({ labels }) => labels),
);

function truth(text: string): boolean {
  if (/^(true|1)$/.test(text)) return true;
  if (/^(false|0)$/.test(text)) return false;
  throw new Error("dangling must be true or false");
}
