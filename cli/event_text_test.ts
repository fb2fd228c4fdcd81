import assert from "node:assert/strict";
import { formatterOf, parseLineFormat } from "./format.ts";
import { EVENT_LISTING, eventFields, eventLine } from "./event_text.ts";

const DEATH = {
  type: "container",
  action: "die",
  id: "3f2a",
  attributes: { name: "web", image: "/srv/web", exitCode: "0" },
  time: 1_704_067_200_000_000_042n,
} as const;

Deno.test("an event is a line, its attributes in order", () => {
  assert.equal(
    eventLine(DEATH),
    "2024-01-01T00:00:00.000000042Z container die 3f2a " +
      "(exitCode=0, image=/srv/web, name=web)",
  );
});

Deno.test("an event without attributes has no parentheses", () => {
  assert.equal(
    eventLine({ ...DEATH, attributes: {}, time: 0n }),
    "1970-01-01T00:00:00.000000000Z container die 3f2a",
  );
});

async function format(text: string): Promise<string[]> {
  const formatter = await formatterOf(parseLineFormat(text), EVENT_LISTING);
  return formatter([eventFields(DEATH)]);
}

Deno.test("an event as JSON has docker's fields, and every digit of its time", async () => {
  const [text = ""] = await format("json");
  assert.match(text, /"timeNano":1704067200000000042\}$/);
  assert.deepEqual(await format("{{json .}}"), [text]);
  const { timeNano: _, ...fields } = JSON.parse(text);
  assert.deepEqual(fields, {
    status: "die",
    id: "3f2a",
    from: "/srv/web",
    Type: "container",
    Action: "die",
    Actor: { ID: "3f2a", Attributes: DEATH.attributes },
    scope: "local",
    time: 1_704_067_200,
  });
});

Deno.test("a template may ask for what docker's do", async () => {
  assert.deepEqual(
    await format(
      "{{.Time}} {{.TimeNano}} {{.Status}} {{.Actor.Attributes.exitCode}} " +
        "{{.Actor.Attributes.none}}",
    ),
    ["1704067200 1704067200000000042 die 0 <no value>"],
  );
});
