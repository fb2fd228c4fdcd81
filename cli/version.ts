/**
 * `rkl version`
 *
 * @module
 */
import { print } from "./output.ts";
import { verb } from "./verb.ts";

/** The version of rkl, as deno.json has it too. */
export const VERSION = "0.1.0";

/** The version of the OCI runtime specification that rkl follows. */
export const SPEC_VERSION = "1.2.1";

export default verb({
  help:
    "Prints the versions of rkl, of Deno and of the OCI runtime specification.",
  operands: [],
  flags: {},
  examples: [["rkl version", "Print the versions"]],
  run() {
    print(`rkl version ${VERSION}`);
    print(`spec: ${SPEC_VERSION}`);
    print(`deno: ${Deno.version.deno}`);
  },
});
