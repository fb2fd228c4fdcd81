/**
 * What is told of a volume.
 *
 * @module
 */
import type { Store } from "../../runtime/store.ts";
import { dataDirectory } from "../../volume/store.ts";
import { contentOf, type Volume } from "../../volume/volume.ts";

/** A volume as `inspect` and `list --format json` print it. */
export interface VolumeDetails extends Volume {
  /** Docker's word for a volume of this host alone. */
  readonly scope: "local";
  /** Where it is on the host; what is mounted for each container is nowhere. */
  readonly mountpoint?: string;
  /** The containers that use it, by name. */
  readonly containers: readonly string[];
}

/** A volume with where it is and who uses it. */
export function detailsOf(
  store: Store,
  volume: Volume,
  users: ReadonlyMap<string, readonly { readonly name: string }[]>,
): VolumeDetails {
  const mountpoint = mountpointOf(store, volume);
  return {
    ...volume,
    scope: "local",
    ...(mountpoint !== undefined && { mountpoint }),
    containers: (users.get(volume.name) ?? []).map(({ name }) => name),
  };
}

function mountpointOf(
  store: Store,
  { name, options }: Volume,
): string | undefined {
  const content = contentOf(options);
  switch (content.kind) {
    case "own":
      return dataDirectory(store, name);
    case "bind":
      return content.device;
    case "filesystem":
      return undefined;
  }
}
