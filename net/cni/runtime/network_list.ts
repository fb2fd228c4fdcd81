/**
 * Network configurations of CNI, as administrators write them: a name and a
 * chain of plugins. Follows the CNI specification 1.1.0, section 1.
 *
 * A file holds a list of plugins (`*.conflist`), or a single one (`*.conf`,
 * `*.json`), which becomes a list of one.
 *
 * @module
 */
import { type Problem, refuse } from "../../../sys/problem.ts";
import {
  check,
  flag,
  list,
  mapped,
  object,
  optional,
  type Output,
  record,
  type Schema,
  textThat,
  withDefault,
} from "../../../sys/schema.ts";
import {
  locateJsonError,
  locateJsonValue,
  tryParseJson,
} from "../../../sys/json.ts";
import { CNI_VERSIONS, type CniVersion } from "../version.ts";

/** A network: what its plugins are told, in the order of ADD. */
export interface NetworkList {
  readonly name: string;
  /** The newest version that it offers and rkl speaks. */
  readonly version: CniVersion;
  /** All that it offers and rkl speaks, oldest first. */
  readonly versions: readonly CniVersion[];
  /** CHECK always succeeds. */
  readonly disableCheck: boolean;
  /** GC does nothing. */
  readonly disableGC: boolean;
  readonly plugins: readonly PluginConf[];
}

/** A file that holds a network, and whether there is more of it elsewhere. */
export interface NetworkFile extends NetworkList {
  /** Whether plugins in a directory of its name count for nothing. */
  readonly loadOnlyInlinedPlugins: boolean;
}

/** A file that is no network configuration. */
export class NetworkListError extends Error {
  /** Tells it from other errors. */
  override readonly name = "NetworkListError";

  /** Puts the first few problems into the message. */
  constructor(
    /** As it was named. */
    readonly file: string,
    /** All that is wrong: `LINE:COLUMN: FIELD: MESSAGE`. */
    readonly problems: readonly string[],
  ) {
    const TOLD = 3;
    const told = problems.slice(0, TOLD).map((text) => `${file}:${text}`);
    const rest = problems.length - told.length;
    super(told.join("; ") + (rest > 0 ? `; and ${rest} more` : ""));
  }
}

/** What a name of a network, and a container's id, may be. */
export const CNI_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

const name = textThat(
  "letters, digits, _ . or -, the first a letter or digit",
  (text) => CNI_NAME.test(text),
);

/** Plugins are files of a directory. */
const type = textThat(
  "the file name of a plugin, such as bridge",
  (text) => /^[^/\\\0]+$/.test(text) && text !== "." && text !== "..",
);

const PLUGIN = { type, capabilities: optional(record(flag, "true or false")) };

/** One plugin; what else it says is between its author and the plugin. */
export const PluginConf = object(PLUGIN);
/** One plugin; what else it says is between its author and the plugin. */
export type PluginConf = Output<typeof PluginConf>;

/** Some generators write booleans as strings. */
const flagOrWord: Schema<boolean> = {
  expected: "true or false",
  read(value, at, problems) {
    if (typeof value === "boolean") return value;
    const word = typeof value === "string" ? value.toLowerCase() : "";
    if (word === "true" || word === "false") return word === "true";
    return refuse("true or false", value, at, problems);
  },
};

const version = textThat("a version, such as 1.0.0", () => true);

const Head = {
  name,
  cniVersion: optional(version),
  cniVersions: optional(list(version, "versions")),
};

/** A file with a list of plugins; more may be in a directory of its name. */
const Many = object({
  ...Head,
  disableCheck: withDefault(flagOrWord, false),
  disableGC: withDefault(flagOrWord, false),
  loadOnlyInlinedPlugins: withDefault(flagOrWord, false),
  plugins: withDefault(list(PluginConf, "plugins"), []),
});

/** A file that is a network's configuration and that of its only plugin. */
const One = mapped(object({ ...Head, ...PLUGIN }), (plugin) => ({
  name: plugin.name,
  cniVersion: plugin.cniVersion,
  cniVersions: plugin.cniVersions,
  disableCheck: false,
  disableGC: false,
  loadOnlyInlinedPlugins: true,
  plugins: [plugin],
}));

/**
 * Reads the text of a file.
 *
 * @param file What to call it in errors. Its end says what it holds, unless the
 * text has `plugins`.
 * @throws {NetworkListError} with place, field, and what is allowed
 */
export function parseNetworkList(text: string, file: string): NetworkFile {
  const value = parseJson(text, file);
  const isMany = file.endsWith(".conflist") ||
    Object.hasOwn(Object(value), "plugins");
  const read = valid(isMany ? Many : One, value, { text, file });
  const versions = versionsOf(read);
  if (versions.length === 0) {
    throw refusal([versionProblem(read)], { text, file });
  }
  const { name, disableCheck, disableGC, loadOnlyInlinedPlugins } = read;
  return {
    name,
    version: versions.at(-1)!,
    versions,
    disableCheck,
    disableGC,
    loadOnlyInlinedPlugins,
    plugins: read.plugins,
  };
}

/**
 * Reads a plugin in a file of its own, which belongs to a network.
 *
 * @throws {NetworkListError}
 */
export function parsePluginConf(text: string, file: string): PluginConf {
  return valid(PluginConf, parseJson(text, file), { text, file });
}

/** Versions as a configuration offers them. */
interface Offer {
  readonly cniVersion?: string | undefined;
  readonly cniVersions?: readonly string[] | undefined;
}

function versionsOf({ cniVersion, cniVersions = [] }: Offer): CniVersion[] {
  return CNI_VERSIONS.filter((version) =>
    version === cniVersion || cniVersions.includes(version)
  );
}

/** The problem of a configuration that offers no version rkl speaks. */
function versionProblem({ cniVersion, cniVersions = [] }: Offer): Problem {
  const problems: Problem[] = [];
  const key = cniVersions.length > 0 ? "cniVersions" : "cniVersion";
  refuse(
    `one of ${CNI_VERSIONS.join(", ")}`,
    cniVersions.length > 0 ? cniVersions : cniVersion,
    { key, above: null },
    problems,
  );
  return problems[0]!;
}

/** A text and what to call it. */
interface Source {
  readonly text: string;
  readonly file: string;
}

function valid<Out, In>(
  schema: Schema<Out, In>,
  value: unknown,
  source: Source,
): Out {
  const read = check(schema, value);
  if ("value" in read) return read.value;
  throw refusal(read.problems, source);
}

function refusal(
  problems: readonly Problem[],
  { text, file }: Source,
): NetworkListError {
  return new NetworkListError(
    file,
    problems.map(({ keys, path, message }) => {
      const { line, column } = locateJsonValue(text, keys);
      const field = path === "" ? "" : `${path}: `;
      return `${line}:${column}: ${field}${message}`;
    }),
  );
}

function parseJson(text: string, file: string): unknown {
  const value = tryParseJson(text);
  if (value !== undefined) return value;
  const { line, column, expected } = locateJsonError(text);
  throw new NetworkListError(file, [
    `${line}:${column}: not valid JSON: expected ${expected}`,
  ]);
}
