/**
 * Which devices a container may use: the OCI list, read once, and what it
 * becomes in the device controller of v1. (What it becomes in v2 is in
 * device_filter.ts.)
 *
 * The list is read in order and the last entry that speaks of a device and an
 * access decides; what no entry speaks of is denied.
 *
 * @module
 */
import { CgroupError } from "./errors.ts";
import type { Limit } from "./limits.ts";
import type { LinuxDeviceCgroup } from "./resources.ts";

/** Kinds of access, with the bits of BPF_DEVCG_ACC_* in linux/bpf.h. */
export const ACCESS = { m: 1, r: 2, w: 4 } as const;

/** All three kinds of access. */
export const ALL = ACCESS.m | ACCESS.r | ACCESS.w;

/** One entry of the list. A major or minor of -1 means all. */
export interface DeviceRule {
  /** Whether it grants access or takes it away. */
  allow: boolean;
  /** Block or character devices. */
  type: "b" | "c";
  /** Major number. */
  major: number;
  /** Minor number. */
  minor: number;
  /** Bits of {@linkcode ACCESS}. */
  access: number;
}

/** The whole list. */
export interface DevicePolicy {
  /** What happens to devices and accesses that no rule speaks of. */
  allow: boolean;
  /** In order; the last that matches decides. */
  rules: DeviceRule[];
}

/**
 * What every container may use whatever its list says: to make any device node,
 * and to read and write those that
 * [runtime-spec, Default Devices](https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md#default-devices)
 * promises, terminals included.
 */
export const DEFAULT_DEVICES: LinuxDeviceCgroup[] = [
  { allow: true, type: "c", access: "m" },
  { allow: true, type: "b", access: "m" },
  ...[
    [1, 3], // null
    [1, 5], // zero
    [1, 7], // full
    [1, 8], // random
    [1, 9], // urandom
    [5, 0], // tty
    [5, 2], // ptmx
    [136, -1], // pts/*
  ].map(([major, minor]) => ({
    allow: true,
    type: "c",
    major,
    minor,
    access: "rwm",
  })),
];

/**
 * Reads an OCI list. An entry for everything starts the list anew, as it does
 * in the kernel's v1 controller.
 *
 * @throws {CgroupError} for a type or access that does not exist
 */
export function parseDevices(list: LinuxDeviceCgroup[]): DevicePolicy {
  let policy: DevicePolicy = { allow: false, rules: [] };
  for (const { allow, type = "a", major = -1, minor = -1, ...rest } of list) {
    const access = parseAccess(rest.access || "rwm");
    if (!["a", "b", "c"].includes(type)) {
      throw new CgroupError(
        `cannot set a rule for devices of type "${type}": the types are a, b and c`,
        { what: "device rule", value: type, controller: "devices" },
      );
    }
    if (type === "a" && major < 0 && minor < 0 && access === ALL) {
      policy = { allow, rules: [] };
      continue;
    }
    for (const one of ["b", "c"] as const) {
      if (type !== "a" && type !== one) continue;
      policy.rules.push({ allow, type: one, major, minor, access });
    }
  }
  return policy;
}

function parseAccess(text: string): number {
  let bits = 0;
  for (const letter of text) {
    const bit = ACCESS[letter as keyof typeof ACCESS];
    if (bit === undefined) {
      throw new CgroupError(
        `cannot set device access "${text}": it is made of r, w and m`,
        { what: "device rule", value: text, controller: "devices" },
      );
    }
    bits |= bit;
  }
  return bits;
}

/**
 * The writes that make v1's controller follow `policy`: the default, then every
 * exception to it.
 *
 * @throws {CgroupError} for a rule that takes away part of an earlier one, such
 * as all character devices but one: v1 holds exceptions to its default, not
 * exceptions to exceptions
 */
export function deviceLimits(policy: DevicePolicy): Limit[] {
  const base = policy.allow ? "devices.allow" : "devices.deny";
  const file = policy.allow ? "devices.deny" : "devices.allow";
  return [
    { what: "device rules", file: base, value: "a" },
    ...exceptions(policy).map((rule) => ({
      what: "device rules",
      file,
      value: formatRule(rule),
    })),
  ];
}

/** As v1 writes it: `c 136:* rwm`. */
export function formatRule({ type, major, minor, access }: DeviceRule): string {
  const letters = (["r", "w", "m"] as const).filter((l) => access & ACCESS[l]);
  const number = (n: number) => n < 0 ? "*" : String(n);
  return `${type} ${number(major)}:${number(minor)} ${letters.join("")}`;
}

/** The rules that differ from the default, each device named once. */
function exceptions(policy: DevicePolicy): DeviceRule[] {
  const found = new Map<string, DeviceRule>();
  const add = (rule: DeviceRule) => {
    const key = `${rule.type} ${rule.major}:${rule.minor}`;
    const access = rule.access | (found.get(key)?.access ?? 0);
    found.set(key, { ...rule, access });
  };
  for (const rule of policy.rules) {
    if (rule.allow !== policy.allow) {
      add(rule);
      continue;
    }
    for (const [key, earlier] of found) {
      if (!common(rule, earlier) || !(rule.access & earlier.access)) continue;
      if (!covers(rule, earlier)) throw inexpressible(rule, earlier);
      const access = earlier.access & ~rule.access;
      if (access === 0) found.delete(key);
      else found.set(key, { ...earlier, access });
    }
  }
  // v1 grants an open for reading and writing only where a single exception
  // grants both, so devices that two exceptions speak of get their sum.
  const named = [...found.values()];
  for (const [i, one] of named.entries()) {
    for (const other of named.slice(i + 1)) {
      const both = common(one, other);
      const access = one.access | other.access;
      if (both && access !== one.access && access !== other.access) {
        add({ ...both, access });
      }
    }
  }
  return [...found.values()];
}

/** The devices that both rules speak of. */
function common(a: DeviceRule, b: DeviceRule): DeviceRule | undefined {
  if (a.type !== b.type) return undefined;
  if (a.major >= 0 && b.major >= 0 && a.major !== b.major) return undefined;
  if (a.minor >= 0 && b.minor >= 0 && a.minor !== b.minor) return undefined;
  return {
    ...a,
    major: Math.max(a.major, b.major),
    minor: Math.max(a.minor, b.minor),
  };
}

/** Whether `a` speaks of every device that `b` speaks of. */
function covers(a: DeviceRule, b: DeviceRule): boolean {
  return a.type === b.type && (a.major < 0 || a.major === b.major) &&
    (a.minor < 0 || a.minor === b.minor);
}

function inexpressible(rule: DeviceRule, earlier: DeviceRule): CgroupError {
  const verb = rule.allow ? "allow" : "deny";
  const value = formatRule(rule);
  return new CgroupError(
    `cannot ${verb} "${value}" after the wider rule "${
      formatRule(earlier)
    }": ` +
      "cgroup v1 has no exceptions to exceptions; list the devices one by one",
    { what: "device rule", value, controller: "devices" },
  );
}
