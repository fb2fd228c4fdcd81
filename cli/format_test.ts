import assert from "node:assert/strict";
import {
  formatterOf,
  inspectorOf,
  type Listing,
  parseFormat,
  parseLineFormat,
} from "./format.ts";
import { UsageError } from "./usage.ts";

const ITEMS = [
  item("web-server", 7, { tier: "front" }),
  item("db", 12, {}),
];

function item(name: string, size: number, labels: Record<string, string>) {
  return {
    Name: name,
    Size: `${size}B`,
    CreatedAt: "today",
    labels,
    Label: (key: string) => labels[key] ?? "",
  };
}

const LISTING: Listing<typeof ITEMS[number]> = {
  fields: { Double: ({ Name }) => Name + Name },
  columns: ["Name", "Size"],
  headings: { CreatedAt: "CREATED AT" },
  maps: ["labels"],
  optional: ["exitCode"],
};

/** The lines that `--format TEXT` prints of the items. */
async function lines(text: string | undefined): Promise<string[]> {
  const format = text === undefined ? undefined : parseFormat(text);
  return (await formatterOf(format, LISTING))(ITEMS);
}

Deno.test("without a format, or with table, the usual columns are printed", async () => {
  const table = ["NAME         SIZE", "web-server   7B", "db           12B"];
  for (const text of [undefined, "", "table"]) {
    assert.deepEqual(await lines(text), table);
  }
});

Deno.test("json is an object a line, as the item is", async () => {
  assert.deepEqual(await lines("json"), [
    '{"Name":"web-server","Size":"7B","CreatedAt":"today","labels":{"tier":"front"}}',
    '{"Name":"db","Size":"12B","CreatedAt":"today","labels":{}}',
  ]);
});

Deno.test("a template is a line for each item", async () => {
  assert.deepEqual(
    await lines("{{.Double}}: {{.size}} {{.Label `tier`}}\\t{{.exitCode}}"),
    [
      "web-serverweb-server: 7B front\t<no value>",
      "dbdb: 12B \t<no value>",
    ],
  );
});

Deno.test("a table of a template has headings, and columns by its tabs", async () => {
  assert.deepEqual(
    await lines("table {{.Size}}\\t{{upper .Name}}\\t{{.CreatedAt}}"),
    [
      "SIZE   NAME         CREATED AT",
      "7B     WEB-SERVER   today",
      "12B    DB           today",
    ],
  );
});

Deno.test("a heading is that of the field in an action, whatever it does with it", async () => {
  const headings: Record<string, string> = {
    "{{json .labels}}": "LABELS",
    "{{.Name}}:{{.Size}}": "NAME:SIZE",
    '{{.Label "com.example.my-part"}}': "my part",
    "{{if .Size}}yes{{else}}no{{end}}": "SIZE",
    "{{if .Size}}{{.Name}}{{end}}": "NAME",
    "{{range $k, $v := .labels}}{{$k}}={{$v}}{{end}}": "LABELS",
    "{{$x := .Name}}{{.Size}}": "SIZE",
  };
  for (const [template, heading] of Object.entries(headings)) {
    assert.equal((await lines(`table ${template}`))[0], heading);
  }
});

Deno.test("a format that prints nothing of an item is refused", () => {
  for (const text of ["yaml", "raw", "tabel", "table x", "{.Name}"]) {
    assert.throws(
      () => parseFormat(text),
      /^Error: must be table, json, or a template such/,
    );
  }
});

Deno.test("verbs without a table take json and templates only", async () => {
  const print = await formatterOf(parseLineFormat("json"), LISTING);
  assert.deepEqual(print(ITEMS), await lines("json"));
  for (const text of ["", "table", "yaml"]) {
    assert.throws(
      () => parseLineFormat(text),
      /^Error: must be json, or a template such as/,
    );
  }
});

Deno.test("a mistake in a template of a table is told by its place in the flag", async () => {
  await assert.rejects(
    lines("table {{.Name}}\\t{{lowr .Size}}"),
    (error) =>
      error instanceof UsageError &&
      error.message.startsWith(
        "--format, character 20: lowr: unknown function",
      ),
  );
});

Deno.test("inspect prints a JSON array, on one line if asked, or a template each", async () => {
  const inspect = async (text?: string) => {
    const format = text === undefined ? undefined : parseLineFormat(text);
    return (await inspectorOf(format, LISTING))(ITEMS);
  };
  assert.deepEqual(await inspect(), [JSON.stringify(ITEMS, null, 2)]);
  assert.deepEqual(await inspect("json"), [JSON.stringify(ITEMS)]);
  assert.deepEqual(await inspect("{{.Name}} {{.labels.tier}}"), [
    "web-server front",
    "db <no value>",
  ]);
});
