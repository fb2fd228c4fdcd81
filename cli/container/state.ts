/**
 * `rkl container state`
 *
 * @module
 */
import { find } from "../../container/find.ts";
import { state } from "../../runtime/status.ts";
import { printJson } from "../output.ts";
import { storeOf } from "../store.ts";
import { verb } from "../verb.ts";

export default verb({
  help:
    "Prints the state of a container as JSON, with the fields of the OCI runtime\n" +
    "specification.",
  operands: ["NAME"],
  flags: {},
  examples: [["rkl container state web", "Print the state of web"]],
  async run({ args, globals }) {
    const store = storeOf(globals);
    const { container: { id } } = await find(store, args.name);
    printJson(await state(store, id));
  },
});
