/**
 * How long ago something was, and what a container does, in docker's words.
 *
 * @module
 */
import type { Summary } from "../../container/describe.ts";

const SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR;

/** Up to which length a unit is used, and how many are in so many ms. */
const UNITS: readonly (readonly [below: number, unit: string, ms: number])[] = [
  [MINUTE, "seconds", SECOND],
  [HOUR, "minutes", MINUTE],
  [2 * DAY, "hours", HOUR],
  [14 * DAY, "days", DAY],
  [60 * DAY, "weeks", 7 * DAY],
  [730 * DAY, "months", 30 * DAY],
  [Infinity, "years", 365 * DAY],
];

/** A duration of `ms` milliseconds: `5 minutes`, `About an hour`. */
export function durationText(ms: number): string {
  if (ms < SECOND) return "Less than a second";
  if (ms < 2 * SECOND) return "1 second";
  if (ms >= MINUTE && ms < 2 * MINUTE) return "About a minute";
  if (ms >= HOUR && ms < 1.5 * HOUR) return "About an hour";
  const [, unit, length] = UNITS.find(([below]) => ms < below)!;
  const count = ms / length;
  return `${unit === "hours" ? Math.round(count) : Math.floor(count)} ${unit}`;
}

/** How long before `now` a moment was. */
export function agoText(moment: string, now: Date): string {
  const ms = now.getTime() - new Date(moment).getTime();
  return `${durationText(Math.max(0, ms))} ago`;
}

/** What a container does: `Up 5 minutes`, `Exited (0) 3 hours ago`. */
export function statusText(container: Summary, now: Date): string {
  const { status, started, finished, exitCode } = container;
  const ago = finished === undefined ? "" : ` ${agoText(finished, now)}`;
  switch (status) {
    case "creating":
    case "created":
      return "Created";
    case "stopped":
      return `Exited (${exitCode})${ago}`;
    case "running":
    case "paused": {
      const since = started === undefined
        ? ""
        : ` ${durationText(now.getTime() - new Date(started).getTime())}`;
      return `Up${since}${status === "paused" ? " (Paused)" : ""}`;
    }
  }
}

/** A container's state as docker calls it. */
export function stateWord({ status }: Pick<Summary, "status">): string {
  return STATES[status] ?? status;
}

const STATES: Readonly<Record<string, string>> = {
  creating: "created",
  stopped: "exited",
};
