/**
 * A volume in the words of docker's list: what its columns show, and what
 * `--format` may name.
 *
 * @module
 */
import { type LabelFields, labelFields } from "../label_fields.ts";
import type { Listing } from "../format.ts";
import type { VolumeDetails } from "./details.ts";

/** What of a volume is shown. */
export interface ListFields extends LabelFields {
  readonly Driver: string;
  readonly Name: string;
  readonly Scope: string;
  readonly Mountpoint: string;
  readonly CreatedAt: string;
  /** How many there are that use it. */
  readonly Containers: number;
}

/** How they are printed. */
export const VOLUME_LISTING: Listing<ListFields> = {
  columns: ["Driver", "Name"],
  headings: { Name: "VOLUME NAME", CreatedAt: "CREATED AT" },
};

/** The fields of one volume. */
export function listFields(volume: VolumeDetails): ListFields {
  const { driver, name, scope, mountpoint = "", labels, created } = volume;
  return {
    Driver: driver,
    Name: name,
    Scope: scope,
    Mountpoint: mountpoint,
    ...labelFields(labels),
    CreatedAt: created,
    Containers: volume.containers.length,
  };
}
