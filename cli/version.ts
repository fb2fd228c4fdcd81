/**
 * `rkl version`
 *
 * @module
 */
import { print } from "./output.ts";
import { verb } from "./verb.ts";
import project from "../deno.json" with { type: "json" };

export default verb({
  help:
    "Prints the versions of rkl, of Deno and of the OCI runtime specification.",
  operands: [],
  flags: {},
  examples: [["rkl version", "Print the versions"]],
  run() {
    print(`rkl version ${project.version}`);
    print("spec: 1.2.1");
    print(`deno: ${Deno.version.deno}`);
  },
});
