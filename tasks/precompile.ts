/**
 * Writes `runtime/seccomp/precompiled.ts`: what the default profile of system
 * calls comes to for a container with the default capabilities. To be run when
 * the profile, the tables of calls or the compiler change; a test says so.
 *
 * @module
 */
import { precompiledText } from "../runtime/seccomp/precompile.ts";

const file = new URL("../runtime/seccomp/precompiled.ts", import.meta.url);
Deno.writeTextFileSync(file, precompiledText());
