/**
 * `--filter` of `rkl events`, as docker has it.
 *
 * @module
 */
import type { JournalEvent } from "../container/journal/record.ts";
import {
  type Condition,
  type Conditions,
  filterFlag,
  labelConditions,
} from "./filter.ts";

/** The conditions there are; the attributes of an event hold its labels. */
export const EVENT_CONDITIONS: Conditions<JournalEvent> = {
  container: ["NAME", isAbout("container")],
  network: ["NAME", isAbout("network")],
  volume: ["NAME", isAbout("volume")],
  // Some say more behind a colon: `exec_start: ls /`.
  event: [
    "ACTION",
    (value) => ({ action }) =>
      action === value || action.startsWith(`${value}:`),
  ],
  type: ["TYPE", (value) => ({ type }) => type === value],
  image: ["IMAGE", (value) => ({ attributes }) => attributes.image === value],
  ...labelConditions<JournalEvent>(({ attributes }) => attributes),
};

/** Who is called so, by name or by the beginning of an id. */
function isAbout(wanted: JournalEvent["type"]): Condition<JournalEvent> {
  return (value) => ({ type, id, attributes }) =>
    type === wanted && (attributes.name === value || id.startsWith(value));
}

/** The flag. */
export const EVENT_FILTER = filterFlag(EVENT_CONDITIONS);
