/**
 * `rkl events`
 *
 * @module
 */
import { followJournal } from "../container/journal/follow.ts";
import { readJournal } from "../container/journal/read.ts";
import type { JournalEvent } from "../container/journal/record.ts";
import { EVENT_FILTER } from "./event_filter.ts";
import { EVENT_LISTING, eventFields, eventLine } from "./event_text.ts";
import { passes } from "./filter.ts";
import { formatterOf, LINE_FORMAT } from "./format.ts";
import type { FlagTable } from "./flags.ts";
import { moment } from "./container/moment.ts";
import { print } from "./output.ts";
import { storeOf } from "./store.ts";
import { verb } from "./verb.ts";

const FLAGS = {
  follow: {
    type: Boolean,
    alias: "f",
    help: "Wait for more (default); --follow=false prints what there is",
  },
  since: {
    type: moment,
    value: "TIME",
    help: "Begin with what was then: 90s, 10m, 2h or an RFC 3339 time",
  },
  until: {
    type: moment,
    value: "TIME",
    help: "End then, which may be in the future",
  },
  filter: EVENT_FILTER,
  format: LINE_FORMAT,
} as const satisfies FlagTable;

export default verb({
  help:
    "Prints what happens to containers, networks and volumes, from now on or from\n" +
    "--since on, until it is interrupted or the time is --until. What has happened is\n" +
    "kept, also across reboots: the latest 16 MiB and more.",
  operands: [],
  flags: FLAGS,
  examples: [
    ["rkl events", "Print what happens from now on"],
    [
      "rkl events --since 1h --follow=false --filter event=die",
      "Print which containers ended in the last hour, and how",
    ],
    [
      "rkl events --filter container=web --format json",
      "What happens to web, for programs",
    ],
  ],
  async run({ flags, globals }) {
    const store = storeOf(globals);
    const format = await formatterOf(flags.format, EVENT_LISTING);
    const show = (event: JournalEvent) =>
      flags.format ? format([eventFields(event)]) : [eventLine(event)];
    const period = { since: flags.since, until: flags.until };
    const follows = flags.follow ?? true;
    const events = follows
      ? followJournal(store, period)
      : readJournal(store, period);
    for await (const event of events) {
      if (passes(event, flags.filter)) show(event).forEach(print);
    }
  },
});
