/**
 * What templates are refused for, and that nothing else ever happens.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { UsageError } from "../usage.ts";
import { parseTemplate } from "./parse.ts";
import { render } from "./testing.ts";
import { View } from "./value.ts";

const ITEM = new View(
  { Name: "web", List: ["a", "b"], Nil: null, State: { Pid: 7 } },
  { Label: () => (key: string) => key },
);

/** Templates by what is said of them. */
const CASES: readonly (readonly [text: string, message: string])[] = [
  ["{{.Name", "character 1: this {{ has no }}"],
  ["a {{/* b */ c}}", "character 3: this comment does not end with */}}"],
  ["{{.Name}", 'character 8: unexpected "}"'],
  ["{{}}", "character 3: a value is missing"],
  ["{{.Name | }}", "character 11: a value is missing"],
  ["{{| .Name}}", "character 3: unexpected |"],
  ["{{(.Name}}", "character 9: a ) is missing"],
  ["{{.Name)}}", "character 8: unexpected )"],
  ['{{"abc}}', 'character 3: this " is not closed'],
  ['{{"\\q"}}', 'character 3: "\\q" is no text'],
  ["{{3k}}", "character 3: 3k is no number"],
  ["{{08}}", "character 3: 08 is no number"],
  ["{{.A.}}", "character 5: unexpected ."],
  ["{{end}}", "character 3: end stands in a block only"],
  ["{{break}}", "character 3: break stands in a range only"],
  ["{{if .Name}}", "character 1: this block has no {{end}}"],
  [
    "{{if 1}}a{{else}}b{{else}}c{{end}}",
    "character 1: this if has more than one else",
  ],
  ["{{$x}}", "character 3: there is no variable $x"],
  ["{{if 1}}{{$x := 1}}{{end}}{{$x}}", "character 29: there is no variable $x"],
  ["{{nil}}", "character 3: nil is no command"],
  [
    '{{.Name | "x"}}',
    'character 11: nothing can be piped into "x", only into functions',
  ],
  ["{{. .}}", "character 3: . is no function and takes no arguments"],
  ["{{lower}}", "character 3: lower takes 1 argument, not 0"],
  ["{{eq 1}}", "character 3: eq takes 2 or more arguments, not 1"],
  ["{{slice 1 2 3 4}}", "character 3: slice takes 1 to 3 arguments, not 4"],
  ["{{html .Name}}", "character 3: html is not supported: what is printed is"],
  ['{{template "x"}}', "character 3: template is not supported: one template"],
  [
    "{{lowr .Name}}",
    "character 3: lowr: unknown function, did you mean lower?; allowed: and, or,",
  ],

  [
    "{{.Nam}}",
    ".Nam: unknown field, did you mean Name?; allowed: Label, Name, List, Nil, State",
  ],
  [
    "{{.State.Pdi}}",
    ".State.Pdi: unknown field, did you mean Pid?; allowed: Pid",
  ],
  ["{{.__proto__}}", ".__proto__: unknown field; allowed: Label, "],
  ["{{.Name.Foo}}", ".Name.Foo: a text has no fields"],
  ["{{.Nil.Foo}}", ".Nil.Foo: nothing has no fields"],
  ["{{.Name 1}}", ".Name: it takes no arguments"],
  ["{{.Label}}", ".Label: it takes 1 argument, not 0"],
  ["{{eq .Name 1}}", "eq: cannot compare a text with a number"],
  ["{{lt .Name 1}}", "lt: cannot order a text and a number"],
  ["{{lower 3}}", "lower: expected a text, not a number"],
  ["{{join .Name 3}}", "join: expected a list, not a text"],
  ["{{len 3}}", "len: a number has no length"],
  ["{{index .List 2}}", "index: 2 is out of range: 0 to 1"],
  ["{{slice .Name 2 1}}", "slice: 2 is out of range: 0 to 1"],
  ["{{truncate .Name 1.5}}", "truncate: 1.5 is out of range: 0 to "],
  ['{{printf "%d" .Name}}', "printf: %d cannot print a text"],
  ['{{printf "%d"}}', "printf: %d has no argument"],
  ['{{printf "x" 1}}', 'printf: "x" has verbs for 0 of 1 arguments'],
  ['{{printf "%z" 1}}', "printf: unknown verb %z; allowed: %v %s "],
  ['{{printf "5%"}}', "printf: % has no verb"],
  ["{{range 3}}{{end}}", "range: it goes through lists and maps, not a number"],
];

Deno.test("a mistake in a template is told with its place, or its part", () => {
  for (const [text, message] of CASES) {
    assert.throws(
      () => render(text, ITEM),
      (error) =>
        error instanceof UsageError &&
        /^--format(, |: )/.test(error.message) &&
        error.message.replace(/^--format(, |: )/, "").startsWith(message),
      `${text} is to be refused with: ${message}`,
    );
  }
});

/** What templates are made of, in any order. */
const PIECES = [
  ...["{{", "}}", "{{-", "-}}", " ", "\n", "\\t", "/*", "*/", "|", "(", ")"],
  ...[".", ".Name", ".List", ".Nope", "$", "$x", ":=", "=", ",", "0x1F", "-1"],
  ...[
    '"a"',
    "`b`",
    "'c'",
    '"',
    "\\",
    "1.5",
    "true",
    "nil",
    "if",
    "else",
    "end",
  ],
  ...["range", "with", "break", "continue", "define", "print", "printf", "eq"],
  ...["index", "len", "slice", "json", "join", "lower", '"%d %s"', "and", "é"],
];

/** Blocks that begin as they should, so that more of them are whole. */
const WHOLE = [
  ...["{{if .Name}}", "{{range .List}}", "{{with .List}}", "{{end}}"],
  ...["{{else}}", "{{break}}", "{{.}}", "{{$x := .}}", "{{$x}}", "text"],
];

/** Throws all but mistakes of templates. */
function tryTo(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
  }
}

Deno.test("whatever is written, it is a template or a UsageError", () => {
  const pieces = fc.array(fc.constantFrom(...PIECES, ...WHOLE));
  const templates = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string().map((text) => `{{${text}}}`),
    pieces.map((words) => words.join("")),
    pieces.map((words) => `{{${words.join(" ")}}}`),
    fc.array(fc.constantFrom(...WHOLE)).map((words) => words.join("")),
  );
  fc.assert(
    fc.property(templates, (text) => tryTo(() => render(text, ITEM))),
    { numRuns: 5000 },
  );
});

Deno.test("printf takes whatever format, and refuses it or prints", () => {
  const part = fc.constantFrom(..."%%%vsdqtxcUefgz+-# 0*.19\n".split(""));
  const value = fc.oneof(fc.string(), fc.double(), fc.integer(), fc.boolean());
  fc.assert(
    fc.property(
      fc.array(part),
      fc.array(value, { maxLength: 3 }),
      (format, args) => {
        const names = args.map((_, i) => `(index .args ${i})`).join(" ");
        const text = `{{printf .format ${names}}}`;
        tryTo(() => render(text, { format: format.join(""), args }));
      },
    ),
    { numRuns: 2000 },
  );
});

/** Templates that would run for ever, fill the memory, or the stack. */
const HOSTILE: Readonly<Record<string, string>> = {
  "loops in loops": "{{range $.L}}".repeat(20) + "{{end}}".repeat(20),
  "doubling":
    "{{$x := `ab`}}{{range $.L}}{{range $.L}}{{$x = print $x $x}}{{end}}{{end}}",
  "wide numbers": `{{printf "%999999999d" 1}}`,
  "padding": "{{pad `x` 999999999 0}}",
  "many copies": "{{$x := .Text}}{{print" + " $x".repeat(1000) + "}}",
  "a list of copies": "{{$l := split .Text `,`}}{{print" +
    " $l".repeat(1000) + "}}",
  "parentheses": "{{" + "(".repeat(50_000) + "1" + ")".repeat(50_000) + "}}",
  "blocks": "{{if 1}}".repeat(50_000) + "{{end}}".repeat(50_000),
  "a long pipeline": "{{1" + "|print".repeat(50_000) + "}}",
};

Deno.test("a hostile template is refused within two seconds", () => {
  const L = Array.from({ length: 100 }, (_, i) => i);
  const value = { L, Text: "x".repeat(1 << 20) };
  for (const [what, text] of Object.entries(HOSTILE)) {
    const start = performance.now();
    assert.throws(() => render(text, value), UsageError, what);
    const took = performance.now() - start;
    assert.ok(took < 2000, `${what} took ${took} ms`);
  }
});

Deno.test("a template of 100,000 characters is read in no time", () => {
  for (const piece of ["{{.Name}}", "{{", "a ", "{{/*", "{{.A.B.C", "{{`"]) {
    const text = piece.repeat(Math.ceil(100_000 / piece.length));
    const start = performance.now();
    tryTo(() => parseTemplate(text));
    const took = performance.now() - start;
    assert.ok(took < 1000, `${piece}… took ${took} ms`);
  }
});
