/**
 * `rkl system prune`
 *
 * @module
 */
import { prune } from "../../container/prune.ts";
import { FORCE, isConfirmed } from "../confirm.ts";
import { report } from "../log.ts";
import { print } from "../output.ts";
import { storeOf } from "../store.ts";
import { verb } from "../verb.ts";
import { formatPruned } from "./pruned_text.ts";

/** What will go, and the question that docker asks. */
const WARNING = `WARNING! This will remove:
  - all containers that do not run, with their logs and writable layers
  - all networks that no container uses, save the default one
  - what killed commands left: addresses, ports, interfaces, directories, cgroups
`;

const VOLUMES_WARNING =
  "  - all volumes that nobody named and no container uses\n";

export default verb({
  help:
    "Removes containers that do not run, networks that no container uses, and what\n" +
    "killed commands left, and prints what that was. It asks first.",
  operands: [],
  flags: {
    force: FORCE,
    volumes: {
      type: Boolean,
      help: "Remove volumes too that nobody named and no container uses",
    },
  },
  examples: [["rkl system prune -f", "Clean up without a question"]],
  async run({ flags: { force, volumes = false }, globals }) {
    const warning = volumes ? WARNING + VOLUMES_WARNING : WARNING;
    if (!force && !isConfirmed(warning)) return;
    const pruned = await prune(storeOf(globals), { volumes });
    for (const line of formatPruned(pruned)) print(line);
    for (const notice of pruned.notices) report("warning", [notice], globals);
  },
});
