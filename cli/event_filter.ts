/**
 * `--filter` of `rkl events`, as docker has it.
 *
 * @module
 */
import type { JournalEvent } from "../container/journal_record.ts";
import type { Parser } from "./values.ts";

/** One condition. */
export interface EventFilter {
  readonly key: string;
  readonly holds: (event: JournalEvent) => boolean;
}

/** What is asked of the event for each key. */
const KEYS: Readonly<
  Record<string, (value: string) => (event: JournalEvent) => boolean>
> = {
  container: (value) => isAbout("container", value),
  network: (value) => isAbout("network", value),
  volume: (value) => isAbout("volume", value),
  // Some say more behind a colon: `exec_start: ls /`.
  event: (value) => ({ action }) =>
    action === value || action.startsWith(`${value}:`),
  type: (value) => ({ type }) => type === value,
  image: (value) => ({ attributes }) => attributes.image === value,
  label: (value) => {
    const [key = "", ...rest] = value.split("=");
    return ({ attributes }) =>
      Object.hasOwn(attributes, key) &&
      (rest.length === 0 || attributes[key] === rest.join("="));
  },
};

/** Who is called so, by name or by the beginning of an id. */
function isAbout(wanted: JournalEvent["type"], value: string) {
  return ({ type, id, attributes }: JournalEvent) =>
    type === wanted && (attributes.name === value || id.startsWith(value));
}

/** The flag. */
export const EVENT_FILTER: {
  readonly type: readonly [Parser<EventFilter>];
  readonly value: string;
  readonly help: string;
} = {
  type: [parseEventFilter],
  value: "KEY=VALUE",
  help: "Only those of this container, network, event, type, image or label",
};

/**
 * Reads `KEY=VALUE`.
 *
 * @throws {Error} that says what is allowed.
 */
export function parseEventFilter(text: string): EventFilter {
  const [, key = "", value = ""] = /^([a-z]+)=(.+)$/s.exec(text) ?? [];
  if (!Object.hasOwn(KEYS, key)) {
    throw new Error(
      "must be container=NAME, network=NAME, volume=NAME, event=ACTION, " +
        "type=TYPE, image=IMAGE or label=KEY[=VALUE]",
    );
  }
  return { key, holds: KEYS[key]!(value) };
}

/**
 * Whether an event passes: of conditions on the same thing one has to hold, of
 * different ones all; labels all have to be as they are asked for.
 */
export function passes(
  event: JournalEvent,
  filters: readonly EventFilter[],
): boolean {
  const groups = Map.groupBy(filters, ({ key }) => key);
  return [...groups].every(([key, group]) =>
    key === "label"
      ? group.every(({ holds }) => holds(event))
      : group.some(({ holds }) => holds(event))
  );
}
