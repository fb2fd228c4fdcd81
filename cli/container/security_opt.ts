/**
 * `--security-opt`, in docker's words and podman's, as fields of a
 * specification's `securityContext`.
 *
 * @module
 */
import type { SecurityContextFields } from "../../container/specification/fields.ts";
import { resolveAsText } from "../../sys/path.ts";

/** A part of `securityContext`. */
export type SecurityOption = Pick<
  SecurityContextFields,
  | "allowPrivilegeEscalation"
  | "seccompProfile"
  | "appArmorProfile"
  | "procMount"
  | "maskedPaths"
  | "unmaskedPaths"
>;

/** What each option means, by its name; throws what its value must be. */
const OPTIONS: Readonly<
  Record<string, (value: string | undefined) => SecurityOption>
> = {
  "no-new-privileges"(value = "true") {
    if (value !== "true" && value !== "false") {
      throw new Error("no-new-privileges must be true or false");
    }
    return { allowPrivilegeEscalation: value === "false" };
  },
  seccomp(value) {
    if (!value) {
      throw new Error("seccomp must be a FILE, unconfined or builtin");
    }
    if (value === "unconfined") {
      return { seccompProfile: { type: "Unconfined" } };
    }
    if (value === "builtin") {
      return { seccompProfile: { type: "RuntimeDefault" } };
    }
    const localhostProfile = resolveAsText(value, Deno.cwd());
    return { seccompProfile: { type: "Localhost", localhostProfile } };
  },
  apparmor(value) {
    if (!value) throw new Error("apparmor must be a PROFILE or unconfined");
    if (value === "unconfined") {
      return { appArmorProfile: { type: "Unconfined" } };
    }
    return { appArmorProfile: { type: "Localhost", localhostProfile: value } };
  },
  label(value) {
    if (value === "disable") return {};
    throw new Error(
      "label must be disable: rkl sets no SELinux labels",
    );
  },
  systempaths(value) {
    if (value === "unconfined") return { procMount: "Unmasked" };
    throw new Error("systempaths must be unconfined");
  },
  mask: (value) => ({ maskedPaths: paths("mask", value) }),
  unmask: (value) => ({ unmaskedPaths: paths("unmask", value) }),
};

function paths(name: string, value: string | undefined): string[] {
  const list = value?.split(":") ?? [];
  const all = name === "unmask" && value === "ALL";
  if (all || (list.length > 0 && list.every((path) => path.startsWith("/")))) {
    return list;
  }
  const or = name === "unmask" ? "ALL, or " : "";
  throw new Error(`${name} must be ${or}absolute paths with ":" between them`);
}

/** Reads `NAME=VALUE`, or `NAME:VALUE`, as docker does. */
export function securityOption(text: string): SecurityOption {
  const [, name = text, value] = /^([^=:]*)[=:](.*)$/s.exec(text) ?? [];
  const option = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
  if (option) return option(value);
  const names = Object.keys(OPTIONS).join(", ");
  throw new Error(`must be one of ${names}`);
}

/** Several of them: the last of a kind counts, paths are all meant. */
export function joinSecurityOptions(
  options: readonly SecurityOption[],
): SecurityOption {
  const all = (field: "maskedPaths" | "unmaskedPaths") =>
    options.flatMap((option) => option[field] ?? []);
  return {
    ...Object.assign({}, ...options),
    maskedPaths: all("maskedPaths"),
    unmaskedPaths: all("unmaskedPaths"),
  };
}
