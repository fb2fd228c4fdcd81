/**
 * `rkl container wait`
 *
 * @module
 */
import { waitContainer } from "../../container/lifecycle.ts";
import { print } from "../output.ts";
import { storeOf } from "../store.ts";
import { verb } from "../verb.ts";
import { forEachName } from "./each.ts";

export default verb({
  help:
    "Waits for each container to end and prints its exit code: 128+n if signal n\n" +
    "ended it.",
  operands: ["NAMES..."],
  flags: {},
  examples: [["rkl container wait web", "Print the exit code of web"]],
  run({ args, globals }) {
    const store = storeOf(globals);
    return forEachName(args.names, async (name) => {
      print(String(await waitContainer(store, name)));
    });
  },
});
