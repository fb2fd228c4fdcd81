/**
 * The segment that makes the Deno executable rkl: the start and the program.
 *
 * @module
 */
import type { Part } from "./bundle.ts";
import type { Executable } from "./elf.ts";
import { type Parts, run } from "./loader.ts";
import { AT, DIGITS, startCode } from "./start.ts";

/**
 * What makes the engine start faster: commands end before compiling their code
 * better pays, what is run long is still optimized, and there is room for what
 * a command allocates without a collection.
 */
const ENGINE = ["--no-sparkplug", "--no-maglev", "--min-semi-space-size=8"];

/** Deno's arguments: nothing is looked for around the user's files, or kept. */
const ARGUMENTS = [
  "rkl",
  "run",
  "--no-config",
  "--no-lock",
  "--no-npm",
  "--no-remote",
  "--no-prompt",
  "--no-code-cache",
  `--v8-flags=${ENGINE}`,
  "--allow-all",
];

/** The segment for `executable` that runs the part called `main`. */
export function buildSegment(
  { arch, entry, environ, loader, next }: Executable,
  parts: readonly Part[],
  main: string,
): Uint8Array {
  const code = startCode(arch);
  const strings: { at: number; bytes: Uint8Array }[] = [];
  let end = AT.code + code.length;
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
  // No directory can be made below a file, so Deno keeps no cache, and tries
  // nothing else: without HOME it would refuse to start.
  // On a terminal it would tell of that at every start.
  const variables = append("DENO_LOG=off"); // 16 bytes, so that next is
  append(`DENO_DIR=${loader}`);
  const table: Parts = Object.fromEntries(
    parts.map(({ name, text, requires }) => [
      name,
      append(`${requires.join(" ")}\n${text}`),
    ]),
  );
  const first = append(
    `(${run})(p,${JSON.stringify(table)},${JSON.stringify(main)})\n` +
      "//# sourceURL=rkl/loader",
  );
  const { text, digits } = moduleUrl(first);
  const url = append(text);
  const urlSize = end - url;

  const segment = new Uint8Array(end);
  const view = new DataView(segment.buffer);
  const put = (at: number, value: number) =>
    view.setBigInt64(at, BigInt(value), true);
  put(AT.entry, entry - next.address);
  put(AT.environ, environ - next.address);
  put(AT.addedCount, added.length); // and the URL, less the user's argv[0]
  put(AT.addedSize, (added.length + 2) * 8); // and the variables, less argv[0]
  put(AT.url, url);
  put(AT.urlSize, urlSize);
  put(AT.digits, digits);
  put(AT.variables, variables);
  added.forEach((at, index) => put(AT.arguments + index * 8, at));
  segment.set(code, AT.code);
  for (const { at, bytes } of strings) segment.set(bytes, at);
  return segment;
}

/**
 * The main module: it evaluates the text `first` bytes from the base, whose
 * address the start writes where zeros are. Characters that a URL would escape
 * are avoided.
 */
function moduleUrl(first: number): { text: string; digits: number } {
  const front = "data:text/javascript,((p,v)=>" +
    `Function("p",v.getCString(p,${first}))(p))(Deno.UnsafePointer.create(0o`;
  const text = `${front}${"0".repeat(DIGITS)}n),Deno.UnsafePointerView)`;
  return { text, digits: front.length + DIGITS };
}
