/**
 * `rkl info`
 *
 * @module
 */
import { describeHost } from "../container/host.ts";
import { formatInfo } from "./info_text.ts";
import { print, printJson } from "./output.ts";
import { storeOf } from "./store.ts";
import { oneOf } from "./values.ts";
import { verb } from "./verb.ts";
import { SPEC_VERSION, VERSION } from "./version.ts";

export default verb({
  help:
    "Tells what this host has for containers and networks: each feature is ok,\n" +
    "limited or missing, or unknown where only root may ask. The kernel is asked by\n" +
    "trying, in namespaces that are gone at once; what is missing is told with what\n" +
    "helps and what works without.",
  operands: [],
  flags: {
    format: {
      type: oneOf("table", "json"),
      value: "FORMAT",
      help: "table (default) or json",
    },
  },
  examples: [
    ["rkl info", "Print a table"],
    ["rkl info --format json", "Print all of it for other programs"],
  ],
  async run({ flags, globals }) {
    const info = {
      rkl: {
        version: VERSION,
        specVersion: SPEC_VERSION,
        deno: Deno.version.deno,
        binary: Deno.execPath(),
      },
      ...await describeHost(storeOf(globals)),
    };
    if (flags.format === "json") return printJson(info);
    for (const line of formatInfo(info)) print(line);
  },
});
