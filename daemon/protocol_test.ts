import assert from "node:assert/strict";
import { readAnswer, readRequest } from "./protocol.ts";

const REQUEST = { ask: "poke", build: "b", dataRoot: "/d", netns: "net:[1]" };

Deno.test("a request is read with fields that only newer commands know", () => {
  assert.deepEqual(readRequest(JSON.stringify(REQUEST)), REQUEST);
  const more = { ...REQUEST, hurry: true };
  assert.deepEqual(readRequest(JSON.stringify(more)), more);
});

Deno.test("what no command says is no request", () => {
  const lines = [
    "",
    "GET / HTTP/1.1",
    "null",
    "[]",
    JSON.stringify({ ...REQUEST, ask: "dance" }),
    JSON.stringify({ ...REQUEST, netns: 1 }),
    JSON.stringify({ ask: "poke" }),
  ];
  for (const line of lines) assert.equal(readRequest(line), undefined, line);
});

Deno.test("each answer is read as what it is, and others are none", () => {
  const answers = [
    { is: "done", problems: ["network: no"] },
    { is: "leaving" },
    { is: "elsewhere", where: "there" },
    {
      is: "status",
      pid: 1,
      since: "2026-01-01T00:00:00Z",
      version: "0.1.0",
      build: "b",
      dataRoot: "/d",
      memory: 2,
      idle: 5,
      duties: [{ name: "network", needed: "1 container" }, { name: "other" }],
    },
  ];
  for (const answer of answers) {
    assert.deepEqual(readAnswer(JSON.stringify(answer)), answer);
  }
  for (const line of ["", "{}", '{"is":"done"}', '{"is":"status","pid":1}']) {
    assert.equal(readAnswer(line), undefined, line);
  }
});
