import assert from "node:assert/strict";
import { EVENT_CONDITIONS } from "./event_filter.ts";
import { parseFilter, passes } from "./filter.ts";

const START = {
  type: "container",
  action: "start",
  id: "3f2a77",
  attributes: { name: "web", image: "/srv/web", tier: "front", "a=b": "c" },
  time: 0n,
} as const;
const CONNECT = {
  type: "network",
  action: "connect",
  id: "99aa",
  attributes: { name: "lan", container: "3f2a77" },
  time: 0n,
} as const;

function shown(event: typeof START | typeof CONNECT, ...filters: string[]) {
  return passes(
    event,
    filters.map((text) => parseFilter(EVENT_CONDITIONS, text)),
  );
}

Deno.test("a filter of each kind tells events apart", () => {
  for (
    const filter of [
      "container=web",
      "container=3f2a",
      "event=start",
      "type=container",
      "image=/srv/web",
      "label=tier",
      "label=tier=front",
    ]
  ) {
    assert(shown(START, filter), filter);
    assert(!shown(CONNECT, filter), filter);
  }
  for (const filter of ["network=lan", "network=99", "event=connect"]) {
    assert(!shown(START, filter), filter);
    assert(shown(CONNECT, filter), filter);
  }
});

Deno.test("of conditions on one thing one has to hold, of others all", () => {
  assert(shown(START, "event=die", "event=start"));
  assert(!shown(START, "event=start", "container=db"));
  assert(!shown(START, "label=tier=front", "label=missing"));
});

Deno.test("an action with more behind a colon is meant by its word", () => {
  const exec = { ...START, action: "exec_start: ls /" };
  assert(passes(exec, [parseFilter(EVENT_CONDITIONS, "event=exec_start")]));
  assert(!passes(exec, [parseFilter(EVENT_CONDITIONS, "event=exec")]));
});

Deno.test("a filter that is none says which there are", () => {
  for (const text of ["web", "colour=red", "event=", "=x"]) {
    assert.throws(
      () => parseFilter(EVENT_CONDITIONS, text),
      /^Error: must be container=NAME, .* or label!=KEY\[=VALUE\]$/,
      text,
    );
  }
});
