/**
 * Mounts as `--volume`, `--mount` and `--tmpfs` write them.
 *
 * @module
 */
import { resolveAsText } from "../../sys/path.ts";

/** One of a specification's `mounts`. */
export interface MountField {
  readonly type: "bind" | "tmpfs";
  /** On the host, absolute. */
  readonly source?: string;
  readonly destination: string;
  readonly readOnly: boolean;
  /** As mount(8) has them. */
  readonly options: readonly string[];
}

/**
 * Reads `SOURCE:TARGET[:OPTIONS]` of `--volume`.
 *
 * @throws {Error} that says what is allowed.
 */
export function bindMount(text: string): MountField {
  const [source = "", target, options = "", ...rest] = text.split(":");
  if (!source || !target || rest.length > 0) {
    throw new Error("must be SOURCE:TARGET[:OPTIONS], such as /srv:/data:ro");
  }
  if (!/^(\/|\.\.?(\/|$))/.test(source)) {
    throw new Error(
      `SOURCE is the name of a volume, and a container has none of those; ` +
        `for a directory here write ./${source}`,
    );
  }
  return {
    type: "bind",
    source: resolveAsText(source, Deno.cwd()),
    destination: absolute(target),
    ...readOnlyOf(options),
  };
}

/**
 * Reads `TARGET[:OPTIONS]` of `--tmpfs`.
 *
 * @throws {Error} that says what is allowed.
 */
export function tmpfsMount(text: string): MountField {
  const [destination = "", options = "", ...rest] = text.split(":");
  if (!destination || rest.length > 0) {
    throw new Error("must be TARGET[:OPTIONS], such as /tmp:size=64m");
  }
  return {
    type: "tmpfs",
    destination: absolute(destination),
    ...readOnlyOf(options),
  };
}

/** The keys of `--mount`, by all their names. */
const KEYS = new Map([
  ["type", "type"],
  ["source", "source"],
  ["src", "source"],
  ["target", "target"],
  ["destination", "target"],
  ["dst", "target"],
  ["readonly", "readonly"],
  ["ro", "readonly"],
  ["bind-propagation", "propagation"],
  ["tmpfs-size", "size"],
  ["tmpfs-mode", "mode"],
]);

/**
 * Reads `KEY=VALUE,...` of `--mount`.
 *
 * @throws {Error} that says what is allowed.
 */
export function mountOption(text: string): MountField {
  const given = new Map<string, string>();
  for (const part of text.split(",")) {
    const [key = "", ...value] = part.split("=");
    const name = KEYS.get(key);
    if (!name) {
      const known = [...KEYS.keys()].join(", ");
      throw new Error(`has no key "${key}"; allowed: ${known}`);
    }
    given.set(name, value.join("=") || "true");
  }
  const type = given.get("type") ?? "bind";
  if (type !== "bind" && type !== "tmpfs") {
    throw new Error(`type is "${type}" and must be bind or tmpfs`);
  }
  const source = given.get("source");
  const destination = given.get("target");
  if (!destination) throw new Error("has no target=PATH");
  if (type === "bind" && !source) throw new Error("has no source=PATH");
  return {
    type,
    ...(source && { source: resolveAsText(source, Deno.cwd()) }),
    destination: absolute(destination),
    readOnly: isTrue(given.get("readonly") ?? "false"),
    options: [
      ...(given.has("propagation") ? [given.get("propagation")!] : []),
      ...["size", "mode"].flatMap((key) =>
        given.has(key) ? [`${key}=${given.get(key)}`] : []
      ),
    ],
  };
}

/** `ro` and `rw` are rkl's to settle, the rest is mount's. */
function readOnlyOf(
  options: string,
): Pick<MountField, "readOnly" | "options"> {
  const all = options.split(",").filter((option) => option !== "");
  return {
    readOnly: all.includes("ro"),
    options: all.filter((option) => option !== "ro" && option !== "rw"),
  };
}

/** A path in the container has nothing to be relative to. */
function absolute(target: string): string {
  if (target.startsWith("/")) return target;
  throw new Error(`the target ${target} must be an absolute path`);
}

function isTrue(text: string): boolean {
  if (/^(true|1)$/.test(text)) return true;
  if (/^(false|0)$/.test(text)) return false;
  throw new Error(`readonly is "${text}" and must be true or false`);
}
