/**
 * The JSON Schema of a container's specification, for editors and for programs
 * that write one: what the schema that reads it takes, with the words of
 * `specification/fields.ts`.
 *
 * @module
 */
import { isObject, type JsonSchema, jsonSchema } from "../../sys/schema.ts";
import { Specification } from "./specification.ts";
import { DESCRIPTIONS } from "./descriptions.ts";

/** The schema, by JSON Schema 2020-12. */
export function specificationSchema(): JsonSchema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "A container of rkl",
    ...described(jsonSchema(Specification), ""),
  };
}

/** The description of a field: `ports.hostIP` is that of each of `ports`. */
export function descriptionOf(path: string): string | undefined {
  return Object.hasOwn(DESCRIPTIONS, path) ? DESCRIPTIONS[path] : undefined;
}

/** Schemas of the items, the values or the choices of another. */
const WITHIN = ["items", "additionalProperties"];

function described(schema: JsonSchema, path: string): JsonSchema {
  const result: Record<string, unknown> = { ...schema };
  const { properties, anyOf } = schema;
  if (isObject(properties)) {
    result.properties = Object.fromEntries(
      Object.entries(properties).map(([name, field]) => {
        const at = path === "" ? name : `${path}.${name}`;
        const text = descriptionOf(at);
        const told = described(field as JsonSchema, at);
        return [
          name,
          text === undefined ? told : {
            description: text,
            ...told,
          },
        ];
      }),
    );
  }
  if (Array.isArray(anyOf)) {
    result.anyOf = anyOf.map((choice) => described(choice, path));
  }
  for (const keyword of WITHIN) {
    const inner = schema[keyword];
    if (isObject(inner)) result[keyword] = described(inner, path);
  }
  return result;
}
