/**
 * `rkl container prune`
 *
 * @module
 */
import {
  type PruneCandidate,
  pruneContainers,
} from "../../container/prune_containers.ts";
import { FORCE, isConfirmed } from "../confirm.ts";
import { filterFlag, labelConditions, passes } from "../filter.ts";
import { warner } from "../log.ts";
import { print } from "../output.ts";
import { storeOf } from "../store.ts";
import { prunedLines } from "../system/pruned_text.ts";
import { verb } from "../verb.ts";
import { instant } from "./instant.ts";

const FILTER = filterFlag<PruneCandidate>({
  until: ["TIME", (value) => {
    const moment = instant(value).toISOString();
    return ({ created }) => created < moment;
  }],
  ...labelConditions(({ labels }) => labels),
});

export default verb({
  help:
    "Deletes all containers that do not run, and prints their ids and how much that\n" +
    "was. It asks first.",
  operands: [],
  flags: { filter: FILTER, force: FORCE },
  examples: [
    ["rkl container prune -f", "Delete them without a question"],
    [
      "rkl container prune --filter until=24h",
      "Those that were created more than a day ago",
    ],
  ],
  async run({ flags: { force, filter }, globals }) {
    const warning = "WARNING! This will remove all containers that do not run.";
    if (!force && !isConfirmed(warning)) return;
    const warn = warner(globals);
    const { containers, reclaimed } = await pruneContainers(
      storeOf(globals),
      (container) => passes(container, filter),
      (id, error) => warn(`${id} stays: ${(error as Error).message}`),
    );
    prunedLines([["Deleted Containers:", containers]], reclaimed)
      .forEach(print);
  },
});
