/**
 * The page about a container's specification: its schema as tables.
 *
 * @module
 */
import { flagOf } from "../../cli/container/run_fields.ts";
import { RUN_FLAGS } from "../../cli/container/run_flags.ts";
import { long } from "../../cli/flags.ts";
import {
  descriptionOf,
  specificationSchema,
} from "../../container/specification/schema.ts";
import { isObject, type JsonSchema } from "../../sys/schema.ts";

const INTRODUCTION = `# The specification of a container

\`deno task docs\` writes this page; its words are those of
\`container/specification/fields.ts\`.

A specification is a YAML or JSON file that \`rkl container run\` and \`create\`
take as IMAGE. Fields have the names of a container in a Kubernetes Pod where
there are any, and else docker's or compose's in camelCase. Flags go before the
file and change what it says: lists grow, of all else the flag counts. Relative
paths are relative to the file. A field that is not here is an error.

\`rkl schema container\` prints a JSON Schema of it, for editors that look at the
first line of a file:

\`\`\`yaml
# yaml-language-server: $schema=./container.schema.json
image: ./rootfs
\`\`\`

Beyond what the schema can say, fields have to agree: \`memorySwap\` is no less
than \`resources.limits.memory\`, \`user\` and \`securityContext.runAsUser\` are
not both given, and so on; rkl tells which do not.
`;

/** The page, in Markdown. */
export function specificationPage(): string {
  const schema = specificationSchema();
  const top = fieldsOf(schema);
  const nested = top.flatMap(([name, field]) => {
    const rows = rowsBelow(field, name).filter(isFirst);
    return rows.length === 0 ? [] : [`### \`${name}\`\n`, table(rows)];
  });
  return [
    INTRODUCTION,
    "## Fields\n",
    table(
      top.map(([name, field]) => rowOf(name, field, isRequired(schema, name))),
    ),
    "## Fields of fields\n",
    ...nested,
  ].join("\n");
}

/** Path, flag, what it takes, meaning. */
type Row = readonly [string, string, string, string];

/** A choice of one or several has the same fields twice. */
function isFirst([path]: Row, index: number, rows: readonly Row[]): boolean {
  return rows.findIndex(([other]) => other === path) === index;
}

function table(rows: readonly Row[]): string {
  const cell = (text: string) => text.replaceAll("|", "\\|");
  return [
    "| Field | Takes | Meaning | Flag |",
    "| --- | --- | --- | --- |",
    ...rows.map((row) => `| ${row.map(cell).join(" | ")} |`),
    "",
  ].join("\n");
}

function rowOf(path: string, field: JsonSchema, required: boolean): Row {
  const must = required ? "**required**; " : "";
  const text = descriptionOf(path) ?? String(field.description ?? "");
  return [`\`${path}\``, must + words(field), text, flagFor(path)];
}

/** The rows of fields in a field, those of lists and records too. */
function rowsBelow(schema: JsonSchema, path: string): Row[] {
  return parts(schema).flatMap((part) =>
    fieldsOf(part).flatMap(([name, field]) => {
      const at = `${path}.${name}`;
      return [
        rowOf(at, field, isRequired(part, name)),
        ...rowsBelow(field, at),
      ];
    })
  );
}

/** A schema, or the choices, items and values it has. */
function parts(schema: JsonSchema): JsonSchema[] {
  const { anyOf, items, additionalProperties } = schema;
  const inner = [
    ...Array.isArray(anyOf) ? anyOf as JsonSchema[] : [],
    ...[items, additionalProperties].filter(isObject),
  ];
  return [schema, ...inner.flatMap(parts)];
}

function fieldsOf({ properties }: JsonSchema): [string, JsonSchema][] {
  return isObject(properties)
    ? Object.entries(properties) as [string, JsonSchema][]
    : [];
}

function isRequired({ required }: JsonSchema, name: string): boolean {
  return Array.isArray(required) && required.includes(name);
}

const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  array: "list",
  number: "number",
  boolean: "true or false",
  object: "object",
};

/** What a schema takes, in a few words. */
function words(schema: JsonSchema): string {
  const { anyOf, type, items, minimum, maximum, additionalProperties } = schema;
  const { default: fallback } = schema;
  const end = fallback === undefined || fallback === ""
    ? ""
    : ` (\`${fallback}\`)`;
  if (schema.title !== undefined) return String(schema.title) + end;
  if (schema.enum) {
    const choices = schema.enum as string[];
    return choices.length > 9
      ? "name" + end
      : choices.map((word) => `\`${word}\``).join(", ") + end;
  }
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (Array.isArray(anyOf)) {
    return [...new Set(anyOf.map(words))].join(" or ") + end;
  }
  if (type === "array") return `list of: ${words(items as JsonSchema)}`;
  if (type === "integer") {
    const most = maximum === undefined || Number(maximum) > 2 ** 32;
    return most ? `${minimum} or more` : `${minimum} to ${maximum}` + end;
  }
  if (isObject(additionalProperties)) {
    return `object of: ${words(additionalProperties)}`;
  }
  const types = Array.isArray(type) ? type : [type ?? "string"];
  return types.map((one) => TYPES[one]).join(" or ") + end;
}

/** The flag that says the same. */
function flagFor(path: string): string {
  const flag = flagOf(path);
  if (!path.includes(".")) {
    if (flag === "ARGS" || flag === "IMAGE") return flag;
  }
  const known = Object.keys(RUN_FLAGS).some((key) => long(key) === flag);
  // One flag for all that an object says stands beside the object.
  const repeated = path.includes(".") &&
    flagOf(path.slice(0, path.lastIndexOf("."))) === flag;
  return known && !repeated ? `\`${flag}\`` : "";
}
