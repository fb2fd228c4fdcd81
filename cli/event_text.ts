/**
 * Events of the journal, as docker prints them.
 *
 * @module
 */
import type { JournalEvent } from "../container/journal/record.ts";
import { stamp } from "../container/log/stamp.ts";
import type { Listing } from "./format.ts";

const SECOND = 1_000_000_000n;

/** `TIME TYPE ACTION ID (KEY=VALUE, …)` */
export function eventLine(
  { time, type, action, id, attributes }: JournalEvent,
) {
  const pairs = Object.entries(attributes)
    .map(([key, value]) => `${key}=${value}`)
    .sort();
  const rest = pairs.length > 0 ? ` (${pairs.join(", ")})` : "";
  return `${stamp(time)} ${type} ${action} ${id}${rest}`;
}

/** What templates may ask of {@linkcode eventFields}. */
export const EVENT_LISTING: Listing<EventFields> = {
  maps: ["attributes"],
  optional: ["status", "id", "from"],
  fields: { TimeNano: ({ timeNano }) => String(timeNano) },
};

/** An event with docker's fields. */
export type EventFields = ReturnType<typeof eventFields>;

/** Docker's fields of an event. */
export function eventFields(event: JournalEvent) {
  const { time, type, action, id, attributes } = event;
  return {
    ...(type === "container" && { status: action, id, from: attributes.image }),
    Type: type,
    Action: action,
    Actor: { ID: id, Attributes: attributes },
    scope: "local",
    time: Number(time / SECOND),
    timeNano: new WholeNumber(time),
  };
}

/** A number with more digits than JavaScript's have. */
class WholeNumber {
  readonly #value: bigint;

  constructor(value: bigint) {
    this.#value = value;
  }

  /** As JSON has it: TypeScript does not know of the function yet. */
  toJSON(): unknown {
    const json = JSON as unknown as { rawJSON(text: string): unknown };
    return json.rawJSON(String(this.#value));
  }

  toString(): string {
    return String(this.#value);
  }
}
