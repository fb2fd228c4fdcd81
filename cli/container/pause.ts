/**
 * `rkl container pause`
 *
 * @module
 */
import { pauseContainer } from "../../container/pausing.ts";
import { storeOf } from "../store.ts";
import { verb } from "../verb.ts";
import { forEachName } from "./each.ts";
import { SELECT_ALL, selectNames } from "./select.ts";

export default verb({
  help: "Suspends all processes of containers.",
  operands: ["[NAMES...]"],
  flags: SELECT_ALL,
  examples: [["rkl container pause web", "Suspend web"]],
  async run({ flags, args, globals }) {
    const store = storeOf(globals);
    const suits = ({ status }: { status: string }) => status === "running";
    const names = await selectNames(store, args.names, flags, suits);
    await forEachName(names, async (name) => {
      await pauseContainer(store, name);
      return name;
    });
  },
});
