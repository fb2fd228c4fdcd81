/**
 * `--filter` of commands about networks.
 *
 * @module
 */
import { filterFlag, labelConditions, type Labels } from "../filter.ts";

/** What a network is told by. */
export interface Filterable {
  readonly name: string;
  readonly driver: string;
  readonly id?: string;
  readonly labels?: Labels;
}

/** The flag. */
export const FILTER = filterFlag<Filterable>({
  name: ["TEXT", (value) => ({ name }) => name.includes(value)],
  id: ["TEXT", (value) => ({ id }) => id?.startsWith(value) ?? false],
  driver: ["NAME", (value) => ({ driver }) => driver === value],
  ...labelConditions(({ labels }) => labels),
});
