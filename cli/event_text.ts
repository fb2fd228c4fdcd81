/**
 * Events of the journal, as docker prints them.
 *
 * @module
 */
import type { JournalEvent } from "../container/journal_record.ts";

const SECOND = 1_000_000_000n;

/** `TIME TYPE ACTION ID (KEY=VALUE, …)` */
export function eventLine(
  { time, type, action, id, attributes }: JournalEvent,
) {
  const pairs = Object.entries(attributes)
    .map(([key, value]) => `${key}=${value}`)
    .sort();
  const rest = pairs.length > 0 ? ` (${pairs.join(", ")})` : "";
  return `${timeText(time)} ${type} ${action} ${id}${rest}`;
}

/** RFC 3339 with nanoseconds. */
export function timeText(time: bigint): string {
  const second = new Date(Number(time / 1_000_000n)).toISOString().slice(0, 19);
  const nanoseconds = String(time % SECOND).padStart(9, "0");
  return `${second}.${nanoseconds}Z`;
}

/** An object on one line, with the fields that docker's have. */
export function eventJson(event: JournalEvent): string {
  const { time, type, action, id, attributes } = event;
  const fields = JSON.stringify({
    ...(type === "container" && { status: action, id, from: attributes.image }),
    Type: type,
    Action: action,
    Actor: { ID: id, Attributes: attributes },
    scope: "local",
    time: Number(time / SECOND),
  });
  // A number in JavaScript does not hold so many digits.
  return `${fields.slice(0, -1)},"timeNano":${time}}`;
}
