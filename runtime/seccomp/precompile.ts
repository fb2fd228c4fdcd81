/**
 * The text of `precompiled.ts`. Compiling a profile takes four milliseconds of
 * a cold start, so that the usual ones are compiled beforehand.
 *
 * @module
 */
import type { Arch } from "../../sys/numbers.ts";
import { compileSeccomp } from "./compile.ts";
import { DECISIVE_CAPABILITIES, defaultSeccomp } from "./default_profile.ts";

const ARCHES: readonly Arch[] = ["x86_64", "aarch64"];

/**
 * Of the capabilities that count, what a container has unless somebody says
 * otherwise, and what is left when all are dropped.
 */
const USUAL: readonly string[][] = [["CAP_SYS_CHROOT"], []];

/** The module as it should be. */
export function precompiledText(): string {
  const programs = ARCHES.map((arch) => {
    const entries = USUAL.map((capabilities) => {
      const profile = defaultSeccomp(arch, capabilities);
      const program = compileSeccomp(profile, arch).toBase64();
      const lines = program.match(/.{1,72}/g)!.join("\n");
      return `    "${capabilities}": \`\n${lines}\n\`,\n`;
    });
    return `  ${arch}: {\n${entries.join("")}  },\n`;
  });
  return `/**
 * What the default profile comes to, compiled beforehand. Written by
 * \`deno task precompile\`; see \`precompile.ts\`.
 *
 * @module
 */
import type { Arch } from "../../sys/numbers.ts";

const DECISIVE: readonly string[] = [
${DECISIVE_CAPABILITIES.map((name) => `  "${name}",\n`).join("")}];

/**
 * Arrays of struct sock_filter, in base64, by the decisive capabilities of a
 * container.
 */
const PROGRAMS: Readonly<Record<Arch, Readonly<Record<string, string>>>> = {
${programs.join("")}};

/** The program for a container; undefined where its capabilities are unusual. */
export function precompiled(
  arch: Arch,
  capabilities: readonly string[],
): Uint8Array | undefined {
  const held = DECISIVE.filter((name) => capabilities.includes(name));
  const program = PROGRAMS[arch][held.join(",")];
  return program === undefined ? undefined : Uint8Array.fromBase64(program);
}
`;
}
