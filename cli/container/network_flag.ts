/**
 * The value of `--network`.
 *
 * @module
 */
import type {
  AttachmentFields,
  NetworkField,
} from "../../container/specification/fields.ts";

/** What docker and podman call the fields of an attachment. */
const KEYS = new Map<string, keyof AttachmentFields>([
  ["name", "name"],
  ["ip", "ip"],
  ["ip6", "ip6"],
  ["mac", "mac"],
  ["mac-address", "mac"],
  ["alias", "aliases"],
  ["interface", "interface"],
  ["interface_name", "interface"],
]);

/**
 * Reads a mode, `NETWORK:KEY=VALUE,…` as podman has it, or
 * `name=NETWORK,KEY=VALUE,…` as docker has it.
 *
 * @throws {Error} that says what is allowed
 */
export function networkWish(text: string): NetworkField {
  if (text === "") throw new Error("must not be empty");
  const [, name, podman] = /^([^:=,]+):(.*=.*)$/.exec(text) ?? [];
  const settings = podman ?? (text.includes("=") ? text : undefined);
  if (settings === undefined || name === "container" || name === "ns") {
    return text;
  }
  const fields = readSettings(settings);
  const { name: said = name } = fields;
  if (said === undefined) throw new Error("has no name=NETWORK");
  if (name !== undefined && said !== name) {
    throw new Error(`names two networks, ${name} and ${said}`);
  }
  return { ...fields, name: said };
}

function readSettings(text: string): Partial<AttachmentFields> {
  const fields: Partial<
    Record<Exclude<keyof AttachmentFields, "aliases">, string>
  > = {};
  const aliases: string[] = [];
  for (const setting of text.split(",")) {
    const [key = "", ...rest] = setting.split("=");
    const value = rest.join("=");
    const field = KEYS.get(key);
    if (field === undefined) {
      const known = [...KEYS.keys()].join(", ");
      throw new Error(`has no key "${key}"; allowed: ${known}`);
    }
    if (value === "") throw new Error(`has no value for ${key}`);
    // podman has one key for both IP versions.
    const place = key === "ip" && value.includes(":") ? "ip6" : field;
    if (place === "aliases") aliases.push(value);
    else if (fields[place] === undefined) fields[place] = value;
    else throw new Error(`says ${key} twice`);
  }
  return { ...fields, ...(aliases.length > 0 && { aliases }) };
}
