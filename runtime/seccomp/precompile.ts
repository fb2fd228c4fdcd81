/**
 * The text of `precompiled.ts`. Compiling a profile takes four milliseconds of
 * a cold start, so that the usual one is compiled beforehand.
 *
 * @module
 */
import type { Arch } from "../../sys/numbers.ts";
import { compileSeccomp } from "./compile.ts";
import { DECISIVE_CAPABILITIES, defaultSeccomp } from "./default_profile.ts";

const ARCHES: readonly Arch[] = ["x86_64", "aarch64"];

/** Of those that count, what a container has unless somebody says otherwise. */
const USUAL = ["CAP_SYS_CHROOT"];

/** The module as it should be. */
export function precompiledText(): string {
  const unusual = DECISIVE_CAPABILITIES.filter((one) => !USUAL.includes(one));
  const programs = ARCHES.map((arch) => {
    const program = compileSeccomp(defaultSeccomp(arch, USUAL), arch);
    const lines = program.toBase64().match(/.{1,72}/g)!;
    return `  ${arch}: \`\n${lines.join("\n")}\n\`,\n`;
  });
  return `/**
 * What the default profile comes to, compiled beforehand. Written by
 * \`deno task precompile\`; see \`precompile.ts\`.
 *
 * @module
 */
import type { Arch } from "../../sys/numbers.ts";

const USUAL: readonly string[] = [
${USUAL.map((name) => `  "${name}",\n`).join("")}];

const UNUSUAL: readonly string[] = [
${unusual.map((name) => `  "${name}",\n`).join("")}];

/** Arrays of struct sock_filter, in base64. */
const PROGRAMS: Readonly<Record<Arch, string>> = {
${programs.join("")}};

/** The program for a container; undefined where its capabilities are others. */
export function precompiled(
  arch: Arch,
  capabilities: readonly string[],
): Uint8Array | undefined {
  const usual = USUAL.every((name) => capabilities.includes(name)) &&
    !UNUSUAL.some((name) => capabilities.includes(name));
  if (!usual) return undefined;
  return Uint8Array.fromBase64(PROGRAMS[arch]);
}
`;
}
