/**
 * What holds a container besides namespaces and capabilities: which filter of
 * system calls and which AppArmor profile it gets.
 *
 * A root filesystem gets what docker gives; a bundle's config.json says for
 * itself. A privileged container has neither, unless it names one.
 *
 * @module
 */
import { hasAppArmor, OWN_PROFILE } from "../runtime/host/apparmor.ts";
import { hasSeccomp } from "../runtime/seccomp/filter.ts";
import type { Config } from "../runtime/spec.ts";
import type { Image } from "./config.ts";
import type { Specification } from "./specification/specification.ts";
import type { Container } from "./store.ts";

type SecurityContext = Specification["securityContext"];

/** A profile that is chosen, or that the image says itself. */
export type Choice = "RuntimeDefault" | "Unconfined" | "Localhost" | "image";

/** Whose filter of system calls a container gets. */
export function chooseSeccomp(
  { privileged, seccompProfile }: SecurityContext,
  image: Pick<Image, "kind">,
): Choice {
  if (seccompProfile) return seccompProfile.type;
  if (privileged) return "Unconfined";
  return image.kind === "rootfs" ? "RuntimeDefault" : "image";
}

/** The AppArmor profile of a container by name; undefined for none. */
export function chooseAppArmor(
  { privileged, appArmorProfile }: SecurityContext,
  image: Pick<Image, "kind">,
  base: string | undefined,
): string | undefined {
  const usual = image.kind === "rootfs" ? "RuntimeDefault" : "image";
  const type = appArmorProfile?.type ?? (privileged ? "Unconfined" : usual);
  const names: Record<Choice, string | undefined> = {
    RuntimeDefault: OWN_PROFILE,
    Unconfined: undefined,
    Localhost: appArmorProfile?.localhostProfile,
    image: base,
  };
  return names[type];
}

/**
 * A container with the profile of the file that its specification names.
 *
 * @throws {SpecificationError} when there is something wrong with the file
 */
export async function withProfile(
  container: Container,
  { securityContext: { seccompProfile } }: Specification,
): Promise<Container> {
  const file = seccompProfile?.localhostProfile;
  if (file === undefined) return container;
  const { readSeccompProfile } = await import("./seccomp_profile.ts");
  const { config } = container;
  const capabilities = config.process.capabilities?.bounding ?? [];
  const seccomp = readSeccompProfile(file, capabilities);
  return {
    ...container,
    config: { ...config, linux: { ...config.linux, seccomp } },
  };
}

/** A configuration as this kernel can have it today, with what is left out. */
export async function fitToKernel(
  { config, seccomp }: Pick<Container, "config" | "seccomp">,
  warn: (message: string) => void = () => {},
): Promise<{ config: Config; builtinSeccomp: boolean }> {
  return {
    config: await withLoadedAppArmor(config),
    builtinSeccomp: seccomp === "builtin" && canFilter(warn),
  };
}

/** As docker, without AppArmor, or the means to load the profile, without. */
async function withLoadedAppArmor(config: Config): Promise<Config> {
  if (config.process.apparmorProfile !== OWN_PROFILE) return config;
  if (hasAppArmor()) {
    const { loadAppArmor } = await import("./apparmor.ts");
    if (await loadAppArmor()) return config;
  }
  const { apparmorProfile: _, ...process } = config.process;
  return { ...config, process };
}

function canFilter(warn: (message: string) => void): boolean {
  if (hasSeccomp()) return true;
  warn(
    "the container's system calls are not filtered: the kernel lacks " +
      "CONFIG_SECCOMP_FILTER",
  );
  return false;
}
