/**
 * What is told of the mounts of a container, in docker's words.
 *
 * @module
 */
import type { Config } from "../../runtime/spec.ts";
import type { MountSpecification } from "./fields.ts";
import { placeOf } from "./place.ts";
import type { Container } from "../store.ts";

/** A mount as `inspect` prints it. */
export interface MountDetails {
  /** What is mounted. */
  readonly type: MountSpecification["type"];
  /** Of a volume. */
  readonly name?: string;
  /** On the host; for a filesystem that has one, its device. */
  readonly source: string;
  /** In the container. */
  readonly destination: string;
  /** Of a volume. */
  readonly driver?: "local";
  /** The options it was mounted with. */
  readonly mode: string;
  /** Whether it can be written to. */
  readonly rw: boolean;
  /** How mounts that are made later spread; as mount(8) has it. */
  readonly propagation: string;
  /** What of the source is shown. */
  readonly subPath?: string;
}

/** The mounts of a container besides those of its image. */
export function mountsOf(
  { mounts = [], config }: Pick<Container, "mounts" | "config">,
): MountDetails[] {
  return mounts.map((mount) => {
    const { type, name, readOnly, subPath } = mount;
    const { source, options } = mountedAt(config, mount);
    return {
      type,
      ...(name !== undefined && { name }),
      source: type === "tmpfs" ? "" : source,
      destination: mount.destination,
      ...(type === "volume" && { driver: "local" as const }),
      mode: options.join(","),
      rw: !readOnly,
      propagation: mount.propagation ?? (type === "bind" ? "rprivate" : ""),
      ...(subPath !== undefined && { subPath }),
    };
  });
}

/** What the configuration mounts there. */
function mountedAt({ mounts }: Config, mount: MountSpecification) {
  const place = placeOf(mount);
  const found = mounts.findLast((one) => placeOf(one) === place);
  return found ?? { source: "", options: [] };
}
