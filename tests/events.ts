/**
 * What the journal tells, as tests look at it.
 *
 * @module
 */
import { succeeded } from "./container.ts";
import type { Sandbox } from "./rkl.ts";

/** An event as `--format json` prints it. */
export interface Event {
  Type: string;
  Action: string;
  Actor: { ID: string; Attributes: Record<string, string> };
  time: number;
}

/** What the journal has now. */
export async function eventsIn(
  box: Sandbox,
  ...flags: string[]
): Promise<Event[]> {
  const words = ["events", "--follow=false", "--format", "json", ...flags];
  const lines = succeeded(await box.rkl(...words)).split("\n");
  return lines.filter(Boolean).map((line) => JSON.parse(line));
}

/** What was done with one container. */
export function actionsOf(events: readonly Event[], name: string): string[] {
  return events
    .filter(({ Actor }) => Actor.Attributes.name === name)
    .map(({ Action, Actor: { Attributes } }) => {
      const more = Attributes.exitCode ?? Attributes.signal;
      return more === undefined ? Action : `${Action} ${more}`;
    });
}
