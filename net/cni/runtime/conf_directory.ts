/**
 * The networks that are configured on a host: the files of a directory, read as
 * libcni reads them.
 *
 * Files count in the order of their names; of two networks of one name the
 * first does. Plugins in a directory of a network's name follow those in its
 * file. A wrong file is told of, and hides no other.
 *
 * @module
 */
import { isMissing } from "../../../sys/path.ts";
import {
  type NetworkFile,
  type NetworkList,
  NetworkListError,
  parseNetworkList,
  parsePluginConf,
  type PluginConf,
} from "./network_list.ts";

/** What a directory holds. */
export interface ConfDirectory {
  readonly networks: readonly ConfiguredNetwork[];
  /** What is wrong there: sentences without a full stop. */
  readonly warnings: readonly string[];
}

/** A network, and where it was found. */
export interface ConfiguredNetwork extends NetworkList {
  readonly file: string;
}

/**
 * Reads all networks of a directory; none where it is missing.
 *
 * @throws {Deno.errors.PermissionDenied}
 */
export function readConfDirectory(directory: string): ConfDirectory {
  const networks = new Map<string, ConfiguredNetwork>();
  const warnings: string[] = [];
  for (const file of listFiles(directory, /\.(conflist|conf|json)$/)) {
    try {
      const network = readNetwork(directory, file);
      const first = networks.get(network.name);
      if (!first) networks.set(network.name, network);
      else {
        warnings.push(
          `${file} is passed over: ${first.file} is the network ` +
            `"${network.name}" already`,
        );
      }
    } catch (error) {
      if (!(error instanceof NetworkListError)) throw error;
      warnings.push(`${error.message}; the file is passed over`);
    }
  }
  return { networks: [...networks.values()], warnings };
}

function readNetwork(directory: string, file: string): ConfiguredNetwork {
  const { loadOnlyInlinedPlugins, ...network } = parseNetworkList(
    readConf(file),
    file,
  );
  const plugins = loadOnlyInlinedPlugins
    ? network.plugins
    : [...network.plugins, ...readPlugins(directory, network)];
  if (plugins.length > 0) return { ...network, plugins, file };
  throw new NetworkListError(file, [
    "1:1: plugins: missing; expected a list of one plugin or more, here or in " +
    `${directory}/${network.name}/*.conf`,
  ]);
}

function readPlugins(
  directory: string,
  { name }: Pick<NetworkFile, "name">,
): PluginConf[] {
  return listFiles(`${directory}/${name}`, /\.conf$/)
    .map((file) => parsePluginConf(readConf(file), file));
}

/** The files of a directory, links to files too, in the order of their names. */
function listFiles(directory: string, pattern: RegExp): string[] {
  try {
    return [...Deno.readDirSync(directory)]
      .filter(({ name, isDirectory }) => !isDirectory && pattern.test(name))
      .map(({ name }) => `${directory}/${name}`)
      .sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function readConf(file: string): string {
  try {
    return Deno.readTextFileSync(file);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new NetworkListError(file, [`1:1: cannot be read: ${error.message}`]);
  }
}
