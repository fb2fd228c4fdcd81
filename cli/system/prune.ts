/**
 * `rkl system prune`
 *
 * @module
 */
import { prune } from "../../container/prune.ts";
import { report } from "../log.ts";
import { print } from "../output.ts";
import { storeOf } from "../store.ts";
import { isConfirmed } from "../confirm.ts";
import { verb } from "../verb.ts";
import { formatPruned } from "./pruned_text.ts";

/** What will go, as docker words it. */
const WILL_GO = [
  "all containers that have ended, with their logs and writable layers",
  "all networks that no container uses, save the default one",
  "what killed commands left: addresses, ports, interfaces, directories, cgroups",
];
const VOLUMES_WILL_GO = "all volumes that nobody named and no container uses";

export default verb({
  help:
    "Removes containers that have ended, networks that no container uses, and what\n" +
    "killed commands left, and prints what that was. It asks first.",
  operands: [],
  flags: {
    force: { type: Boolean, alias: "f", help: "Do not ask" },
    volumes: {
      type: Boolean,
      help: "Remove volumes too that nobody named and no container uses",
    },
  },
  examples: [["rkl system prune -f", "Clean up without a question"]],
  async run({ flags, globals }) {
    const { force, volumes = false } = flags;
    const going = volumes ? [...WILL_GO, VOLUMES_WILL_GO] : WILL_GO;
    if (!force && !isConfirmed(going)) return;
    const pruned = await prune(storeOf(globals), { volumes });
    for (const line of formatPruned(pruned)) print(line);
    for (const notice of pruned.notices) report("warning", [notice], globals);
  },
});
