import assert from "node:assert/strict";
import { DESCRIPTIONS } from "../../container/specification/descriptions.ts";
import { specificationSchema } from "../../container/specification/schema.ts";
import { isObject } from "../../sys/schema.ts";
import { specificationPage } from "./page.ts";
import { formatted, readDescriptions } from "./sources.ts";

const STALE = "run `deno task docs`, and commit what it writes";

Deno.test("descriptions of fields are their doc comments", async () => {
  assert.deepEqual(DESCRIPTIONS, await readDescriptions(), STALE);
});

Deno.test("docs/specification.md tells of the schema as it is", async () => {
  const page = new URL("../../docs/specification.md", import.meta.url);
  const text = await formatted(specificationPage(), "md");
  assert.equal(await Deno.readTextFile(page), text, STALE);
});

Deno.test("every field has a description, and every description a field", () => {
  const fields: string[] = [];
  const silent: string[] = [];
  const visit = (schema: unknown, path: string): void => {
    if (!isObject(schema)) return;
    const { properties, anyOf, items, additionalProperties } = schema;
    for (const [name, field] of Object.entries(properties ?? {})) {
      const at = path === "" ? name : `${path}.${name}`;
      fields.push(at);
      if (!field.description) silent.push(at);
      visit(field, at);
    }
    for (const inner of [...anyOf as [] ?? [], items, additionalProperties]) {
      visit(inner, path);
    }
  };
  visit(specificationSchema(), "");
  assert.deepEqual(silent, []);
  const known = new Set(fields);
  const stray = Object.keys(DESCRIPTIONS).filter((path) => !known.has(path));
  assert.deepEqual(stray, []);
});
