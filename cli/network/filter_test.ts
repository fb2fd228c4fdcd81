import assert from "node:assert/strict";
import { passes } from "../filter.ts";
import { FILTER } from "./filter.ts";

const [parseFilter] = FILTER.type;

const WEB = {
  name: "web-front",
  id: "0123456789ab",
  driver: "bridge",
  labels: { env: "test", team: "" },
};

const CASES: [passes: boolean, ...filters: string[]][] = [
  [true],
  [true, "name=front"],
  [false, "name=back"],
  [true, "name=back", "name=web"],
  [false, "name=web", "driver=cni"],
  [true, "id=0123"],
  [true, "label=env"],
  [true, "label=env=test", "label=team"],
  [false, "label=env=test", "label=team=a"],
  [false, "label!=env"],
  [true, "label!=env=live"],
];

for (const [expected, ...filters] of CASES) {
  Deno.test(`a network ${expected ? "passes" : "fails"} ${filters.join(", ")}`, () => {
    assert.equal(passes(WEB, filters.map(parseFilter)), expected);
  });
}

Deno.test("a filter that there is not is refused", () => {
  for (const text of ["until=24h", "name", "name=", "x"]) {
    assert.throws(() => parseFilter(text), { message: /must be name=TEXT/ });
  }
});
