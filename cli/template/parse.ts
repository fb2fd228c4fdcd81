/**
 * Templates as Go's text/template reads them: text, actions and blocks.
 *
 * @module
 */
import { syntaxMistake } from "./mistake.ts";
import { parsePipeline } from "./parse_value.ts";
import { Reader } from "./reader.ts";
import { scan, type Token } from "./scan.ts";
import type { Branch, Node, Range, Template } from "./syntax.ts";

/** Go's words for what needs more than one template. */
const NAMED_TEMPLATES: readonly string[] = ["block", "define", "template"];

/** What ends a list of nodes. */
const ENDINGS: readonly string[] = ["end", "else"];

/** The words that begin a block, and how each is read. */
const BLOCKS: Readonly<
  Record<string, (reader: Reader, open: Opening) => Branch | Range>
> = {
  if: (reader, open) => parseBranch("if", reader, open),
  with: (reader, open) => parseBranch("with", reader, open),
  range: parseRange,
};

/** Where a block begins, and whether it is in a loop. */
interface Opening {
  readonly at: number;
  readonly looped: boolean;
}

/**
 * Reads the template in `source`, from `start` on.
 *
 * @throws {UsageError} that says what is wrong, and where.
 */
export function parseTemplate(source: string, start = 0): Template {
  const reader = new Reader(scan(source, start));
  const nodes: Node[] = [];
  while (reader.peek().kind !== "end") {
    const { text, at } = reader.peek(1);
    if (atEnding(reader)) {
      throw syntaxMistake(at, `${text} stands in a block only`);
    }
    nodes.push(parseNode(reader, false));
  }
  return { nodes, slots: reader.slots };
}

/** Whether `{{end` or `{{else` is next. */
function atEnding(reader: Reader): boolean {
  const { kind, text } = reader.peek(1);
  return reader.peek().kind === "open" && kind === "word" &&
    ENDINGS.includes(text);
}

function parseNode(reader: Reader, looped: boolean): Node {
  const { kind, text, at } = reader.take();
  if (kind === "text") return { kind: "text", text };
  const word = reader.peek();
  if (word.kind === "word") {
    if (Object.hasOwn(BLOCKS, word.text)) {
      reader.take();
      const parse = BLOCKS[word.text]!;
      return reader.within(() => parse(reader, { at, looped }));
    }
    if (word.text === "break" || word.text === "continue") {
      return parseJump(word.text, reader, looped);
    }
    if (NAMED_TEMPLATES.includes(word.text)) {
      const reason = "is not supported: one template only";
      throw syntaxMistake(word.at, `${word.text} ${reason}`);
    }
  }
  const value = parsePipeline(reader);
  reader.close();
  return { kind: "print", value };
}

function parseJump(
  kind: "break" | "continue",
  reader: Reader,
  looped: boolean,
): Node {
  const { at } = reader.take();
  if (!looped) throw syntaxMistake(at, `${kind} stands in a range only`);
  reader.close();
  return { kind };
}

/** `if` or `with` behind its word, up to and with its `{{end}}`. */
function parseBranch(
  kind: "if" | "with",
  reader: Reader,
  open: Opening,
): Branch {
  const value = parsePipeline(reader);
  reader.close();
  const body = parseList(reader, open);
  return { kind, value, body, otherwise: parseElse(kind, reader, open) };
}

/** `range` behind its word, up to and with its `{{end}}`. */
function parseRange(reader: Reader, open: Opening): Range {
  const declare = parseLoopVariables(reader);
  const value = parsePipeline(reader);
  const slots = declare();
  reader.close();
  const body = parseList(reader, { ...open, looped: true });
  const otherwise = parseElse("range", reader, open);
  return { kind: "range", value, ...slots, body, otherwise };
}

/**
 * `$element :=` or `$key, $element :=`, and `=` for those that are known. What
 * is looped over does not see them yet: they are declared when it was read.
 */
function parseLoopVariables(
  reader: Reader,
): () => Pick<Range, "keySlot" | "elementSlot"> {
  const hasTwo = reader.isSymbol([","], 1);
  const operator = hasTwo ? 3 : 1;
  if (
    reader.peek().kind !== "variable" ||
    !reader.isSymbol([":=", "="], operator)
  ) return () => ({});
  const isNew = reader.isSymbol([":="], operator);
  const names: Token[] = hasTwo
    ? [reader.peek(), reader.peek(2)]
    : [reader.peek()];
  const stray = names.find(({ kind }) => kind !== "variable");
  if (stray) throw syntaxMistake(stray.at, "range takes $key, $element");
  reader.take(operator + 1);
  return () => {
    const [first, second] = names.map((name) =>
      isNew ? reader.declare(name) : reader.variable(name).slot
    );
    return second === undefined
      ? { elementSlot: first! }
      : { keySlot: first!, elementSlot: second };
  };
}

/** Nodes up to `{{end` or `{{else`, which is left; their variables end there. */
function parseList(reader: Reader, { at, looped }: Opening): Node[] {
  return reader.within(() => {
    const nodes: Node[] = [];
    while (!atEnding(reader)) {
      if (reader.peek().kind === "end") {
        throw syntaxMistake(at, "this block has no {{end}}");
      }
      nodes.push(parseNode(reader, looped));
    }
    return nodes;
  });
}

/** What follows the body: `{{end}}`, a list, or a block that ends both. */
function parseElse(
  kind: "if" | "with" | "range",
  reader: Reader,
  open: Opening,
): Node[] {
  reader.take();
  if (reader.take().text === "end") {
    reader.close();
    return [];
  }
  const word = reader.peek();
  if (kind !== "range" && word.kind === "word" && word.text === kind) {
    reader.take();
    return [reader.within(() => parseBranch(kind, reader, open))];
  }
  reader.close();
  const nodes = parseList(reader, open);
  reader.take();
  if (reader.take().text === "else") {
    throw syntaxMistake(open.at, `this ${kind} has more than one else`);
  }
  reader.close();
  return nodes;
}
