import assert from "node:assert/strict";
import type { Summary } from "../../container/describe.ts";
import { agoText, durationText, stateWord, statusText } from "./status_text.ts";

const S = 1000, M = 60 * S, H = 60 * M, D = 24 * H;

/** As docker's `units.HumanDuration` has them. */
const DURATIONS: [ms: number, text: string][] = [
  [0, "Less than a second"],
  [999, "Less than a second"],
  [1 * S, "1 second"],
  [45 * S, "45 seconds"],
  [60 * S, "About a minute"],
  [119 * S, "About a minute"],
  [2 * M, "2 minutes"],
  [59.9 * M, "59 minutes"],
  [1 * H, "About an hour"],
  [1.4 * H, "About an hour"],
  [1.6 * H, "2 hours"],
  [47 * H, "47 hours"],
  [3 * D, "3 days"],
  [15 * D, "2 weeks"],
  [61 * D, "2 months"],
  [731 * D, "2 years"],
];

Deno.test("durationText() has docker's words", () => {
  for (const [ms, text] of DURATIONS) assert.equal(durationText(ms), text);
});

Deno.test("agoText() takes a clock that was set back for now", () => {
  const now = new Date("2026-01-02T03:04:05Z");
  assert.equal(agoText("2026-01-02T03:04:00Z", now), "5 seconds ago");
  assert.equal(agoText("2026-01-02T04:00:00Z", now), "Less than a second ago");
});

const ENDED: Summary = {
  id: "a",
  name: "a",
  status: "stopped",
  image: "/",
  command: [],
  created: "2026-01-01T00:00:00Z",
  started: "2026-01-01T00:00:00Z",
  finished: "2026-01-01T00:01:00Z",
  labels: {},
  exitCode: 3,
  networkNames: [],
};

Deno.test("statusText() says what a container does, and since when", () => {
  const now = new Date("2026-01-01T00:02:00Z");
  const { finished: _, ...live } = ENDED;
  const cases: [Summary, status: string, state: string][] = [
    [ENDED, "Exited (3) About a minute ago", "exited"],
    [{ ...live, exitCode: 137 }, "Exited (137)", "exited"], // nobody saw it end
    [{ ...live, status: "running" }, "Up 2 minutes", "running"],
    [{ ...live, status: "paused" }, "Up 2 minutes (Paused)", "paused"],
    [{ ...live, status: "created" }, "Created", "created"],
    [{ ...live, status: "creating" }, "Created", "created"],
  ];
  for (const [container, status, state] of cases) {
    assert.equal(statusText(container, now), status);
    assert.equal(stateWord(container), state);
  }
});
