import assert from "node:assert/strict";
import { check } from "../../sys/schema.ts";
import { detailsText } from "./attributes.ts";
import { limitsOf, LoggingWish, planLogging } from "./logging.ts";

const NOTHING = { labels: {}, env: [] };

function problemsOf(value: unknown): string[] {
  const result = check(LoggingWish, value);
  return "problems" in result
    ? result.problems.map(({ path, message }) => `${path}: ${message}`)
    : [];
}

Deno.test("what keeps logs in files has one name here", () => {
  const driver = (name?: string) => planLogging({ driver: name }, NOTHING);
  assert.equal(driver().driver, "local");
  assert.equal(driver("json-file").driver, "local");
  assert.equal(driver("k8s-file").driver, "local");
  assert.equal(driver("none").driver, "none");
});

Deno.test("a log is bounded unless told otherwise", () => {
  const limits = (options: Record<string, string>) =>
    limitsOf(planLogging({ options }, NOTHING));
  assert.deepEqual(limits({}), { maxSize: 20 << 20, maxFile: 5, spare: 52 });
  assert.deepEqual(
    limits({ "max-size": "10m", "max-file": "3" }),
    { maxSize: 10 << 20, maxFile: 3, spare: 103 },
  );
  assert.equal(limits({ "max-size": "-1" }).maxSize, undefined);
});

Deno.test("a driver or an option that is not here is refused, with what is", () => {
  assert.deepEqual(problemsOf({ driver: "journald" }), [
    'driver: expected local or none, or json-file or k8s-file for local, got "journald"',
  ]);
  const options = (options: unknown) => problemsOf({ options });
  assert.deepEqual(options({ "max-size": "10m", "max-file": 3 }), []);
  assert.match(options({ "max-size": "lots" })[0]!, /is not a quantity/);
  assert.match(options({ "max-size": "10" })[0]!, /must be 1k or more/);
  assert.match(options({ "max-file": "0" })[0]!, /must be 1 or more/);
  assert.match(options({ mode: "non-blocking" })[0]!, /can only be blocking/);
  assert.match(options({ tag: "x" })[0]!, /not supported; choose labels/);
  assert.match(options({ "env-regex": "(" })[0]!, /no regular expression/);
  assert.match(options({ size: "1" })[0]!, /unknown option; allowed: max-size/);
  assert.throws(
    () => planLogging({ driver: "none", options: { env: "A" } }, NOTHING),
    /the driver none takes no options, such as env/,
  );
});

Deno.test("labels and variables are chosen by name and by pattern", () => {
  const { attributes } = planLogging({
    options: { labels: "app,none", env: "A", "env-regex": "^HTTP_" },
  }, {
    labels: { app: "web & co", other: "x" },
    env: ["A=1=2", "B=3", "HTTP_PROXY=p"],
  });
  assert.deepEqual(attributes, { app: "web & co", A: "1=2", HTTP_PROXY: "p" });
  assert.equal(
    detailsText(attributes),
    "A=1%3D2,HTTP_PROXY=p,app=web+%26+co",
  );
});
