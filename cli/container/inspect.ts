/**
 * `rkl container inspect`
 *
 * @module
 */
import { reviveDaemon } from "../../daemon/client.ts";
import { inspectContainer } from "../../container/describe.ts";
import { printJson } from "../output.ts";
import { storeOf } from "../store.ts";
import { verb } from "../verb.ts";

export default verb({
  help:
    "Prints all that is known of containers as a JSON array: what they were made\n" +
    "from, how they run, and how they ended.",
  operands: ["NAMES..."],
  flags: {},
  examples: [["rkl container inspect web", "Print what is known of web"]],
  async run({ args, globals }) {
    const store = storeOf(globals);
    await reviveDaemon(store);
    const found = args.names.map((name) => inspectContainer(store, name));
    printJson(await Promise.all(found));
  },
});
