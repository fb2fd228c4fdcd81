/**
 * `rkl container wait`
 *
 * @module
 */
import { waitContainer } from "../../container/wait.ts";
import { storeOf } from "../store.ts";
import { verb } from "../verb.ts";
import { forEachName } from "./each.ts";
import { SELECT, selectNames } from "./select.ts";

export default verb({
  help:
    "Waits for each container to end and prints its exit code: 128+n if signal n\n" +
    "ended it.",
  operands: ["[NAMES...]"],
  flags: SELECT,
  examples: [["rkl container wait web", "Print the exit code of web"]],
  async run({ flags, args, globals }) {
    const store = storeOf(globals);
    const names = await selectNames(store, args.names, flags);
    // However many there are: each may take as long as it likes.
    await forEachName(
      names,
      async (name) => String(await waitContainer(store, name)),
      { atOnce: Infinity },
    );
  },
});
