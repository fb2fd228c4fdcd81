/**
 * `rkl container unpause`
 *
 * @module
 */
import { unpauseContainer } from "../../container/pausing.ts";
import { storeOf } from "../store.ts";
import { verb } from "../verb.ts";
import { forEachName } from "./each.ts";
import { SELECT_ALL, selectNames } from "./select.ts";

export default verb({
  help: "Lets the processes of paused containers go on.",
  operands: ["[NAMES...]"],
  flags: SELECT_ALL,
  examples: [["rkl container unpause web", "Let web go on"]],
  async run({ flags, args, globals }) {
    const store = storeOf(globals);
    const suits = ({ status }: { status: string }) => status === "paused";
    const names = await selectNames(store, args.names, flags, suits);
    await forEachName(names, async (name) => {
      await unpauseContainer(store, name);
      return name;
    });
  },
});
