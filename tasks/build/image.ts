/**
 * The segment that makes the Deno executable rkl: the start and the program.
 *
 * @module
 */
import type { Part } from "./bundle.ts";
import type { Executable } from "./elf.ts";
import { type Parts, run } from "./loader.ts";
import { AT, DIGITS, startCode } from "./start.ts";

/** Where Deno keeps what it has compiled. All builds on a host share it. */
export const COMPILED = "/var/cache/rkl";

/**
 * What makes the engine start faster: commands end before compiling their code
 * better pays, what is run long is still optimized, and there is room for what
 * a command allocates without a collection.
 */
const ENGINE = [
  "--no-lazy",
  "--no-sparkplug",
  "--no-maglev",
  "--min-semi-space-size=8",
];

/** Deno's arguments: nothing is looked for around the user's files, or kept. */
const ARGUMENTS = [
  "rkl",
  "run",
  "--no-config",
  "--no-lock",
  "--no-npm",
  "--no-remote",
  "--no-prompt",
  `--v8-flags=${ENGINE}`,
  "--allow-all",
];

/** The segment for `executable` that runs the part called `main`. */
export async function buildSegment(
  { arch, entry, environ, next }: Executable,
  parts: readonly Part[],
  main: string,
): Promise<Uint8Array> {
  const code = startCode(arch);
  const strings: { at: number; bytes: Uint8Array }[] = [];
  let end = AT.code + code.length;
  const digest = await digestOf(parts);
  /** Appends `text`, NUL-terminated and padded to a multiple of 16 bytes. */
  const append = (text: string) => {
    const bytes = new TextEncoder().encode(text + "\0");
    const at = end;
    strings.push({ at, bytes });
    end += Math.ceil(bytes.length / 16) * 16;
    return at;
  };
  end = Math.ceil(end / 16) * 16;

  const added = ARGUMENTS.map(append);
  // On a terminal it would tell at every start of a directory that cannot be made.
  const variables = append("DENO_LOG=off"); // 16 bytes, so that next is
  append("DENO_NO_UPDATE_CHECK=1"); // 32 bytes
  append("DENO_DISABLE_NODE_SHIM=1"); // or PATH gets a `node`, where it has none
  append(`DENO_DIR=${COMPILED}`);
  const table: Parts = Object.fromEntries(
    parts.map(({ name, text, requires }) => [
      name,
      append(`${requires.join(" ")}\n${text}`),
    ]),
  );
  const first = append(
    `(${run})(p,${JSON.stringify(table)},"${main}","${digest}",u)\n` +
      "//# sourceURL=rkl/loader",
  );
  added.push(append(moduleUrl(first)));
  const digits = "RKL_BASE=0o".length + DIGITS;
  const address = append("RKL_BASE=0o".padEnd(digits, "0"));
  const addressSize = end - address;

  const segment = new Uint8Array(end);
  const view = new DataView(segment.buffer);
  const put = (at: number, value: number) =>
    view.setBigInt64(at, BigInt(value), true);
  put(AT.entry, entry - next.address);
  put(AT.environ, environ - next.address);
  put(AT.addedCount, added.length - 1); // less the user's argv[0]
  put(AT.addedSize, (added.length - 1 + 5) * 8); // and the variables
  put(AT.address, address);
  put(AT.addressSize, addressSize);
  put(AT.digits, digits);
  put(AT.variables, variables);
  added.forEach((at, index) => put(AT.arguments + index * 8, at));
  segment.set(code, AT.code);
  for (const { at, bytes } of strings) segment.set(bytes, at);
  return segment;
}

/** Sixteen hexadecimal digits that follow from all parts. */
async function digestOf(parts: readonly Part[]): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(parts));
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(digest).toHex().slice(0, 16);
}

/**
 * The main module: it evaluates the text `first` bytes from the base, which it
 * is told by a variable, so that it is the same each time. Characters that a URL
 * would escape are avoided.
 */
function moduleUrl(first: number): string {
  return 'data:text/javascript,((b,v)=>((u,p)=>Function("p","u",' +
    `v.getCString(p,${first}))(p,u))(Number(b&4095n),` +
    "Deno.UnsafePointer.create(b-(b&4095n))))(" +
    'BigInt(Deno.env.get("RKL_BASE")),Deno.UnsafePointerView)';
}
