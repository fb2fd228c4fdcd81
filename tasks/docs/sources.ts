/**
 * What the documentation is made from: `deno doc`, and `deno fmt` behind it.
 *
 * @module
 */
import { descriptionsOf } from "./descriptions.ts";

const FIELDS = new URL(
  "../../container/specification/fields.ts",
  import.meta.url,
).pathname;

/** The doc comments of a specification's fields, by path. */
export async function readDescriptions(): Promise<Record<string, string>> {
  const json = await deno(["doc", "--json", FIELDS], "");
  const [module] = Object.values(JSON.parse(json).nodes);
  return descriptionsOf(module as Parameters<typeof descriptionsOf>[0]);
}

/** Text as `deno fmt` leaves it. */
export async function formatted(text: string, ext: string): Promise<string> {
  return await deno(["fmt", "--ext", ext, "-"], text);
}

async function deno(args: string[], stdin: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(stdin));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (success) return decode(stdout);
  throw new Error(`deno ${args.join(" ")} failed: ${decode(stderr)}`);
}
