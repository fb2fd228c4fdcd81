/**
 * `rkl state`
 *
 * @module
 */
import { state } from "../runtime/status.ts";
import { printJson } from "./output.ts";
import { storeOf } from "./store.ts";
import { verb } from "./verb.ts";

export default verb({
  help:
    "Prints the state of a container as JSON, with the fields of the OCI runtime\n" +
    "specification.",
  operands: ["ID"],
  flags: {},
  examples: [["rkl state web", "Print the state of web"]],
  async run({ args, globals }) {
    printJson(await state(storeOf(globals), args.id));
  },
});
