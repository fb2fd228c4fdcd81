/**
 * Devices of the host in a specification, as docker and compose write them.
 *
 * @module
 */
import { complain } from "../../sys/problem.ts";
import {
  isObject,
  jsonSchema,
  list,
  matching,
  optional,
  type Schema,
  strictObject,
  withDefault,
} from "../../sys/schema.ts";
import { absolutePath } from "./values.ts";
import type { DeviceField } from "./fields.ts";

/** A device, or a directory of them, that a container gets. */
export interface DeviceWish {
  /** On the host. */
  readonly source: string;
  /** In the container. */
  readonly target: string;
  /** Of r, w and m, as the cgroup has them. */
  readonly permissions: string;
}

const PERMISSIONS = /^(?!.*(.).*\1)[rwm]{1,3}$/;
const permissions = matching("letters of rwm", PERMISSIONS);

const Fields = strictObject({
  source: absolutePath,
  target: optional(absolutePath),
  permissions: withDefault(permissions, "rwm"),
});

const EXPECTED = "HOST[:CONTAINER[:rwm]], such as /dev/fuse:/dev/fuse:rw";

/**
 * Reads `HOST[:CONTAINER[:rwm]]`, or `HOST:rwm`.
 *
 * @throws {Error} that says what is allowed
 */
function parseDevice(text: string): DeviceWish {
  const [source = "", ...rest] = text.split(":");
  if (/^[^/]+\/[^/]+=[^=]+$/.test(text)) {
    throw new Error(
      `"${text}" is the name of a CDI device, and rkl reads no CDI ` +
        "specifications; name the device's files",
    );
  }
  const short = rest.length === 1 && PERMISSIONS.test(rest[0]!);
  const [target = source, permissions = "rwm", ...more] = short
    ? [source, rest[0]!]
    : rest;
  const absolute = [source, target].every((path) => /^\/[^\0]/.test(path));
  if (!absolute || !PERMISSIONS.test(permissions) || more.length > 0) {
    throw new Error(`expected ${EXPECTED}, got "${text}"`);
  }
  return { source, target, permissions };
}

/** One entry of `devices`: a text, or its parts. */
const Device: Schema<DeviceWish, DeviceField> = {
  expected: EXPECTED,
  json: () => ({
    anyOf: [
      { type: "string", pattern: "^/[^:]+(:/[^:]+)?(:[rwm]{1,3})?$" },
      jsonSchema(Fields),
    ],
  }),
  read(value, at, problems) {
    if (isObject(value)) {
      const { source, target = source, permissions } =
        Fields.read(value, at, problems) ?? {};
      return { source: source!, target: target!, permissions: permissions! };
    }
    try {
      return parseDevice(String(value));
    } catch (error) {
      return complain((error as Error).message, at, problems) as never;
    }
  },
};

const RULE = /^([abc]) (\d+|\*):(\d+|\*) ((?!.*(.).*\5)[rwm]{1,3})$/;

/** The fields, by their names. */
export const DEVICE_FIELDS = {
  devices: withDefault(list(Device, "devices"), [] as DeviceField[]),
  deviceCgroupRules: withDefault(
    list(matching('a rule such as "c 1:3 rwm" or "b 8:* r"', RULE), "rules"),
    [],
  ),
};

/** A rule of `deviceCgroupRules` in OCI's words. */
export function deviceRule(rule: string) {
  const [, type, major, minor, access] = RULE.exec(rule)!;
  const number = (text: string) => text === "*" ? undefined : Number(text);
  return {
    allow: true,
    type: type as "a" | "b" | "c",
    major: number(major!),
    minor: number(minor!),
    access: access!,
  };
}
