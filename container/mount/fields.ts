/**
 * `mounts` of a container's specification.
 *
 * @module
 */
import { complain } from "../../sys/problem.ts";
import {
  flag,
  jsonSchema,
  mapped,
  oneOf,
  optional,
  type Output,
  type Schema,
  strictObject,
  textThat,
  withAliases,
  withDefault,
} from "../../sys/schema.ts";
import { isVolumeName, VOLUME_NAME_RULE } from "../../volume/volume.ts";
import { absolutePath, text, textMap, texts } from "../specification/values.ts";
import { placeOf } from "./place.ts";

/** What may be mounted. */
const MOUNT_TYPES = ["bind", "volume", "tmpfs"] as const;

/** How mounts made later on one side show on the other; Kubernetes' words too. */
const PROPAGATION: Readonly<Record<string, string>> = {
  None: "rprivate",
  HostToContainer: "rslave",
  Bidirectional: "rshared",
};

/** Docker's words for it, which are mount(8)'s. */
export const PROPAGATIONS = [
  "private",
  "rprivate",
  "shared",
  "rshared",
  "slave",
  "rslave",
] as const;

const propagation: Schema<string> = mapped(
  oneOf([...PROPAGATIONS, ...Object.keys(PROPAGATION)]),
  (word) => PROPAGATION[word] ?? word,
);

/** What becomes of mounts below the source; docker's `bind-recursive`. */
export const RECURSIVE = [
  "enabled",
  "disabled",
  "writable",
  "readonly",
] as const;

const Fields = withAliases(
  strictObject({
    /** By default volume where there is a `name`, else bind. */
    type: optional(oneOf(MOUNT_TYPES)),
    /** On the host; a relative path is relative to the file. */
    source: optional(text),
    /** Of a volume; without one it is the container's own. */
    name: optional(textThat(VOLUME_NAME_RULE, isVolumeName)),
    destination: absolutePath,
    readOnly: withDefault(flag, false),
    propagation: optional(propagation),
    recursive: optional(oneOf(RECURSIVE)),
    /** A directory or file in the source. */
    subPath: optional(textThat(
      'a relative path without ".."',
      (path) =>
        path !== "" && !path.startsWith("/") && !path.includes("\0") &&
        !path.split("/").includes(".."),
    )),
    /** Make the directory of a bind mount where it is missing. */
    createSource: optional(flag),
    /** Leave an empty volume empty, whatever the image has there. */
    noCopy: optional(flag),
    /** Of a volume that is made. */
    driver: optional(textThat(
      "local, the only driver there is",
      (driver) => driver === "local",
      { const: "local" },
    )),
    driverOptions: optional(textMap),
    labels: optional(textMap),
    /** As mount(8) has them; they come after rkl's own and so win. */
    options: withDefault(texts, []),
  }),
  {
    mountPath: "destination",
    target: "destination",
    readonly: "readOnly",
    mountPropagation: "propagation",
  },
);

type Read = Output<typeof Fields>;

/** A mount, its type settled; the fields are told in `MountFields`. */
export interface MountSpecification {
  /** What is mounted. */
  type: "bind" | "volume" | "tmpfs";
  /** Of a bind mount. */
  source?: string;
  /** Of a volume. */
  name?: string;
  /** In the container, absolute. */
  destination: string;
  /** Nobody writes to it in the container. */
  readOnly: boolean;
  /** In docker's words. */
  propagation?: string;
  /** What becomes of mounts below the source. */
  recursive?: "enabled" | "disabled" | "writable" | "readonly";
  /** What of the source is mounted. */
  subPath?: string;
  /** The source is made where it is missing. */
  createSource?: boolean;
  /** An empty volume stays empty. */
  noCopy?: boolean;
  /** Of a volume that is made. */
  driver?: string;
  /** Of a volume that is made. */
  driverOptions?: { [key: string]: string };
  /** Of a volume that is made. */
  labels?: { [key: string]: string };
  /** As mount(8) has them. */
  options: string[];
}

/** A mount of a container: a volume has a name. */
export type SettledMount = MountSpecification & {
  /** The container's own volume, which nobody named. */
  readonly anonymous?: true;
  /** When its volume was made, if it was there before the container. */
  readonly created?: string;
};

/** To which types a field belongs that not all have. */
const BELONGS: Readonly<
  Partial<Record<keyof Read, readonly MountSpecification["type"][]>>
> = {
  source: ["bind"],
  name: ["volume"],
  propagation: ["bind"],
  recursive: ["bind"],
  createSource: ["bind"],
  subPath: ["bind", "volume"],
  noCopy: ["volume"],
  driver: ["volume"],
  driverOptions: ["volume"],
  labels: ["volume"],
};

/** One entry of `mounts`. */
export const Mount: Schema<MountSpecification, unknown> = {
  expected: "an object",
  json: () => jsonSchema(Fields),
  read(value, at, problems) {
    const before = problems.length;
    const read = Fields.read(value, at, problems);
    if (problems.length > before) return read as MountSpecification;
    const type = read.type ?? (read.name === undefined ? "bind" : "volume");
    // Fields that were left out are absent: the schema makes none undefined.
    const mount = { ...read, type } as MountSpecification;
    for (const [key, message] of brokenRules(mount)) {
      complain(message, { key, above: at }, problems);
    }
    return mount;
  },
};

/** What does not go together: fields and messages. */
function* brokenRules(
  mount: MountSpecification,
): Iterable<readonly [keyof Read, string]> {
  const { type, source, destination, readOnly, recursive } = mount;
  if (type === "bind" && !source) {
    yield ["source", "missing; expected what to bind there"];
  }
  for (const [key, types] of Object.entries(BELONGS)) {
    const field = key as keyof Read;
    if (mount[field] === undefined || types.includes(type)) continue;
    yield [field, MISPLACED[`${type}.${field}`] ?? misplaced(type, types)];
  }
  if (/^[/.]+$/.test(destination)) {
    yield ["destination", "expected a path below /, which is the image"];
  }
  if (recursive === "readonly" || recursive === "writable") {
    if (!readOnly) yield ["recursive", `${recursive} is for readOnly: true`];
  }
  if (recursive === "readonly") {
    const { propagation = "rprivate" } = mount;
    if (propagation !== "rprivate") {
      const message =
        `readonly needs propagation: rprivate, not ${propagation}`;
      yield ["recursive", message];
    }
  }
  if (mount.name === undefined && mount.subPath && type === "volume") {
    yield ["subPath", "a volume of the container's own begins empty; name one"];
  }
}

/** What to say of fields that people expect elsewhere. */
const MISPLACED: Readonly<Record<string, string>> = {
  "tmpfs.source": "a tmpfs has none; leave it out, or use type: bind",
  "volume.source": "a volume has a name; use name, or type: bind for a path",
  "bind.name": "a bind mount has a source; use type: volume for a name",
};

function misplaced(type: string, types: readonly string[]): string {
  return `a ${type} mount has none; it is for type: ${types.join(" or ")}`;
}

/** A container whose mounts another has too. */
export interface VolumesFrom {
  /** Its name. */
  readonly container: string;
  /** As that one has them, where left out. */
  readonly access?: "ro" | "rw";
}

/** One entry of `volumesFrom`. */
export const volumesFrom: Schema<VolumesFrom, string> = mapped(
  textThat(
    "NAME, NAME:ro or NAME:rw",
    (text) => /^[^:\0]+(:(ro|rw))?$/.test(text),
  ),
  (text) => {
    const [container = "", access] = text.split(":");
    return { container, ...(access && { access: access as "ro" | "rw" }) };
  },
);

/** A list of mounts, no two of them at one place. */
export const Mounts: Schema<MountSpecification[], unknown[]> = {
  expected: "a list of mounts",
  json: () => ({ type: "array", items: jsonSchema(Mount) }),
  read(value, above, problems) {
    if (!Array.isArray(value)) {
      complain("expected a list of mounts", above, problems);
      return [];
    }
    const taken = new Map<string, number>();
    return value.map((item, key) => {
      const at = { key, above };
      const before = problems.length;
      const mount = Mount.read(item, at, problems);
      if (problems.length > before) return mount;
      const place = placeOf(mount);
      const other = taken.get(place);
      if (other !== undefined) {
        const message = `${place} is the destination of mounts[${other}] too`;
        complain(message, { key: "destination", above: at }, problems);
      }
      taken.set(place, key);
      return mount;
    });
  },
};
