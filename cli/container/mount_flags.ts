/**
 * Mounts as `--volume`, `--mount` and `--tmpfs` write them, which is as docker
 * has it.
 *
 * @module
 */
import { PROPAGATIONS, RECURSIVE } from "../../container/mount/fields.ts";
import type { MountFields } from "../../container/specification/fields.ts";
import { resolveAsText } from "../../sys/path.ts";
import { isVolumeName, VOLUME_NAME_RULE } from "../../volume/volume.ts";

/** What the options of `--volume` make of a mount. */
const VOLUME_OPTIONS: ReadonlyMap<string, Partial<MountFields>> = new Map<
  string,
  Partial<MountFields>
>([
  ["ro", { readOnly: true }],
  ["rw", { readOnly: false }],
  ["nocopy", { noCopy: true }],
  // Labels of SELinux, which mean nothing where it is not; docker ignores them
  // there too.
  ["z", {}],
  ["Z", {}],
  // Of docker for other systems than Linux.
  ["consistent", {}],
  ["cached", {}],
  ["delegated", {}],
  ["rbind", { recursive: "enabled" }],
  ["bind", { recursive: "disabled" }],
  ...PROPAGATIONS.map((word) => [word, { propagation: word }] as const),
]);

/** Options of mount(8) that podman takes too. */
const MOUNT_OPTIONS = ["exec", "noexec", "suid", "nosuid", "dev", "nodev"];

/**
 * Reads `[SOURCE:]TARGET[:OPTIONS]` of `--volume`: SOURCE is a path, or the name
 * of a volume; without one, the container gets a volume of its own.
 *
 * @throws {Error} that says what is allowed.
 */
export function volumeMount(text: string): MountFields {
  const parts = text.split(":");
  const [source, target = "", options = ""] = parts.length === 1
    ? [undefined, ...parts]
    : parts;
  if (parts.length > 3 || source === "" || target === "") {
    throw new Error(
      "must be [SOURCE:]TARGET[:OPTIONS], such as /srv:/data:ro or files:/data",
    );
  }
  const words = options.split(",").filter((option) => option !== "");
  const mount = {
    ...sourceOf(source),
    destination: absolute(target),
    readOnly: false,
    ...Object.assign({}, ...words.map(optionOf)),
    options: words.filter((word) => MOUNT_OPTIONS.includes(word)),
  };
  return mount;
}

/** Docker's rule: what begins with / or . is a path, all else a name. */
function sourceOf(source: string | undefined): Partial<MountFields> {
  if (source === undefined) return { type: "volume" };
  if (/^(\/|\.\.?(\/|$))/.test(source)) {
    const path = resolveAsText(source, Deno.cwd());
    return { type: "bind", source: path, createSource: true };
  }
  if (isVolumeName(source)) return { type: "volume", name: source };
  throw new Error(
    `SOURCE is a path from / or ./, or the name of a volume: ${VOLUME_NAME_RULE}`,
  );
}

function optionOf(word: string): Partial<MountFields> {
  const found = VOLUME_OPTIONS.get(word);
  if (found) return found;
  if (MOUNT_OPTIONS.includes(word)) return {};
  const known = [...VOLUME_OPTIONS.keys(), ...MOUNT_OPTIONS].join(", ");
  throw new Error(`has no option "${word}"; allowed: ${known}`);
}

/**
 * Reads `TARGET[:OPTIONS]` of `--tmpfs`.
 *
 * @throws {Error} that says what is allowed.
 */
export function tmpfsMount(text: string): MountFields {
  const [destination = "", options = "", ...rest] = text.split(":");
  if (!destination || rest.length > 0) {
    throw new Error("must be TARGET[:OPTIONS], such as /tmp:size=64m");
  }
  const all = options.split(",").filter((option) => option !== "");
  return {
    type: "tmpfs",
    destination: absolute(destination),
    readOnly: all.includes("ro"),
    options: all.filter((option) => option !== "ro" && option !== "rw"),
  };
}

/** The mount as far as it was read, and what its keys said. */
interface Reading {
  fields: Partial<MountFields>;
  options: string[];
}

/** What a key of `--mount` does with its value. */
type Key = (reading: Reading, value: string, key: string) => void;

const sets = <K extends keyof MountFields>(
  field: K,
  parse: (value: string, key: string) => MountFields[K],
): Key =>
({ fields }, value, key) => {
  fields[field] = parse(value, key);
};

/** The last of `KEY=VALUE`s with one KEY counts. */
const collects =
  (field: "driverOptions" | "labels"): Key => (reading, value) => {
    const [key = "", ...rest] = value.split("=");
    const before = reading.fields[field] ?? {};
    reading.fields[field] = { ...before, [key]: rest.join("=") };
  };

/** Only looks whether the value is right: it means nothing here. */
const looksAt =
  (parse: (value: string, key: string) => unknown): Key =>
  (_reading, value, key) => void parse(value, key);

const text = (value: string) => value;

const source = sets("source", text);
const target = sets("destination", absolute);
const readOnly = sets("readOnly", truth);

/** The keys of `--mount`, by all their names. */
const KEYS: ReadonlyMap<string, Key> = new Map<string, Key>([
  ["type", sets("type", oneOf("bind", "volume", "tmpfs"))],
  ["source", source],
  ["src", source],
  ["target", target],
  ["destination", target],
  ["dst", target],
  ["readonly", readOnly],
  ["ro", readOnly],
  [
    "consistency",
    looksAt(oneOf("consistent", "cached", "delegated", "default")),
  ],
  ["bind-propagation", sets("propagation", oneOf(...PROPAGATIONS))],
  ["bind-recursive", sets("recursive", oneOf(...RECURSIVE))],
  [
    "bind-nonrecursive",
    sets(
      "recursive",
      (value, key) => truth(value, key) ? "disabled" : "enabled",
    ),
  ],
  ["bind-create-src", sets("createSource", truth)],
  ["volume-nocopy", sets("noCopy", truth)],
  ["volume-subpath", sets("subPath", text)],
  ["volume-driver", sets("driver", text)],
  ["volume-opt", collects("driverOptions")],
  ["volume-label", collects("labels")],
  ["tmpfs-size", ({ options }, value) => options.push(`size=${value}`)],
  ["tmpfs-mode", ({ options }, value) => options.push(`mode=${value}`)],
]);

/**
 * Reads `KEY=VALUE,...` of `--mount`. A field that holds a comma is put in
 * quotes, as in CSV.
 *
 * @throws {Error} that says what is allowed.
 */
export function mountOption(text: string): MountFields {
  const reading: Reading = { fields: {}, options: [] };
  for (const field of fieldsOf(text)) {
    const equals = field.indexOf("=");
    const key = equals < 0 ? field : field.slice(0, equals);
    const read = KEYS.get(key);
    if (!read) {
      const known = [...KEYS.keys()].join(", ");
      throw new Error(`has no key "${key}"; allowed: ${known}`);
    }
    read(reading, equals < 0 ? "true" : field.slice(equals + 1), key);
  }
  const { source, type = "volume", destination, ...fields } = reading.fields;
  if (destination === undefined) throw new Error("has no target=PATH");
  if (type === "bind" && !source) throw new Error("has no source=PATH");
  return {
    type,
    ...(source && placeOf(type, source)),
    destination,
    readOnly: false,
    ...fields,
    options: reading.options,
  };
}

function placeOf(type: string, source: string): Partial<MountFields> {
  if (type === "bind") return { source: resolveAsText(source, Deno.cwd()) };
  if (type === "tmpfs" || isVolumeName(source)) {
    return { [type === "tmpfs" ? "source" : "name"]: source };
  }
  throw new Error(
    source.includes("/")
      ? `source=${source} is a path, and the mount a volume; add type=bind`
      : `source=${source} is no volume name; allowed: ${VOLUME_NAME_RULE}`,
  );
}

/** The fields of a line of CSV. */
function fieldsOf(text: string): string[] {
  const fields: string[] = [];
  for (
    const [, quoted, bare, end] of text.matchAll(
      /(?:"((?:[^"]|"")*)"|([^,]*))(,|$)/g,
    )
  ) {
    fields.push(quoted?.replaceAll('""', '"') ?? bare!);
    if (end === "") break;
  }
  return fields;
}

/** A path in the container has nothing to be relative to. */
function absolute(target: string): string {
  if (target.startsWith("/")) return target;
  throw new Error(`the target ${target} must be an absolute path`);
}

function truth(text: string, key: string): boolean {
  if (/^(true|1)$/.test(text)) return true;
  if (/^(false|0)$/.test(text)) return false;
  throw new Error(`${key} is "${text}" and must be true or false`);
}

/** One of some words. */
function oneOf<const T extends string>(...words: T[]) {
  return (value: string, key: string): T => {
    const word = words.find((word) => word === value);
    if (word !== undefined) return word;
    throw new Error(
      `${key} is "${value}" and must be ${words.slice(0, -1).join(", ")} or ${
        words.at(-1)
      }`,
    );
  };
}
