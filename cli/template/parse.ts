/**
 * Templates as Go's text/template reads them.
 *
 * @module
 */
import { checkCall } from "./functions.ts";
import { readNumber, unquote } from "./literal.ts";
import { syntaxMistake } from "./mistake.ts";
import { scan, type Token, type TokenKind } from "./scan.ts";
import type {
  Branch,
  Expression,
  Node,
  Range,
  Template,
  Variable,
} from "./syntax.ts";

/** How deep blocks and parentheses may stand in each other. */
const MAX_DEPTH = 100;

/** Go's words for what needs more than one template. */
const NAMED_TEMPLATES: readonly string[] = ["block", "define", "template"];

/**
 * Reads the template in `source`, from `start` on.
 *
 * @throws {UsageError} that says what is wrong, and where.
 */
export function parseTemplate(source: string, start = 0): Template {
  const parser = new Parser(scan(source, start));
  const nodes = parser.template();
  return { nodes, slots: parser.slots };
}

/** How a list of nodes ended: by `end`, or by `else` and what follows it. */
type Ending = "end" | "else";

class Parser {
  /** `$` is what the template is applied to. */
  slots = 1;
  #scope: { readonly name: string; readonly slot: number }[] = [
    { name: "$", slot: 0 },
  ];
  #next = 0;
  #depth = 0;
  /** How many `range` the place is in. */
  #ranges = 0;

  constructor(readonly tokens: readonly Token[]) {}

  template(): Node[] {
    const nodes: Node[] = [];
    while (this.#peek().kind !== "end") {
      const word = this.#blockWord();
      if (word) {
        throw syntaxMistake(word.at, `${word.text} stands in a block only`);
      }
      nodes.push(this.#node());
    }
    return nodes;
  }

  /** `{{end}}` or `{{else`, if that is next. */
  #blockWord(): Token | undefined {
    const [open, word] = [this.#peek(), this.#peek(1)];
    return open.kind === "open" && word.kind === "word" &&
        ["end", "else"].includes(word.text)
      ? word
      : undefined;
  }

  #node(): Node {
    const token = this.#take();
    if (token.kind === "text") return { kind: "text", text: token.text };
    const { kind, text, at } = this.#peek();
    if (kind === "word") {
      if (text === "if" || text === "with" || text === "range") {
        this.#take();
        return this.#deeper(at, () => this.#block(text, token));
      }
      if (text === "break" || text === "continue") {
        if (this.#ranges === 0) {
          throw syntaxMistake(at, `${text} stands in a range only`);
        }
        this.#take();
        this.#close();
        return { kind: text };
      }
      if (NAMED_TEMPLATES.includes(text)) {
        throw syntaxMistake(at, `${text} is not supported: one template only`);
      }
    }
    const value = this.#pipeline("close");
    this.#close();
    return { kind: "print", value };
  }

  /** A block behind its word, up to and with its `{{end}}`. */
  #block(kind: "if" | "with" | "range", open: Token): Branch | Range {
    const known = this.#scope.length;
    const variables = kind === "range" ? this.#rangeVariables() : undefined;
    const value = this.#pipeline("close");
    const slots = variables?.() ?? {};
    this.#close();
    if (kind === "range") this.#ranges++;
    const [body, ending] = this.#list(open);
    if (kind === "range") this.#ranges--;
    const otherwise = ending === "else" ? this.#otherwise(kind, open) : [];
    this.#scope.length = known;
    return kind === "range"
      ? { kind, value, ...slots, body, otherwise }
      : { kind, value, body, otherwise };
  }

  /** What follows `{{else`: a list, or another block that ends this one too. */
  #otherwise(kind: "if" | "with" | "range", open: Token): Node[] {
    const { kind: next, text, at } = this.#peek();
    if (kind !== "range" && next === "word" && text === kind) {
      this.#take();
      return [this.#deeper(at, () => this.#block(kind, open))];
    }
    this.#close();
    const [nodes, ending] = this.#list(open);
    if (ending === "else") {
      throw syntaxMistake(open.at, `this ${kind} has more than one else`);
    }
    return nodes;
  }

  /** Nodes up to `{{end}}` or `{{else`; variables of theirs end there. */
  #list(open: Token): [Node[], Ending] {
    const known = this.#scope.length;
    const nodes: Node[] = [];
    for (;;) {
      if (this.#peek().kind === "end") {
        throw syntaxMistake(open.at, "this block has no {{end}}");
      }
      const word = this.#blockWord();
      if (!word) {
        nodes.push(this.#node());
        continue;
      }
      this.#next += 2;
      if (word.text === "end") this.#close();
      this.#scope.length = known;
      return [nodes, word.text as Ending];
    }
  }

  /**
   * `$element :=` or `$key, $element :=`, and `=` for those that are known.
   * They are there for what is looped over, and not yet in it.
   */
  #rangeVariables(): () => Pick<Range, "keySlot" | "elementSlot"> {
    const none = () => ({});
    if (this.#peek().kind !== "variable") return none;
    const comma = this.#isSymbol(",", 1);
    const operator = this.#peek(comma ? 3 : 1);
    if (operator.text !== ":=" && operator.text !== "=") return none;
    const names = comma ? [this.#peek(), this.#peek(2)] : [this.#peek()];
    const stray = names.find(({ kind }) => kind !== "variable");
    if (stray) throw syntaxMistake(stray.at, "range takes $key, $element");
    this.#next += comma ? 4 : 2;
    return () => {
      const [first, second] = names.map((name) =>
        operator.text === ":=" ? this.#declare(name) : this.#variable(name).slot
      );
      return second === undefined
        ? { elementSlot: first! }
        : { keySlot: first!, elementSlot: second };
    };
  }

  /** `[$x :=] command | command …`, up to `end`. */
  #pipeline(end: "close" | ")"): Expression {
    const name = this.#peek();
    const operator = this.#peek(1);
    if (
      name.kind === "variable" && operator.kind === "symbol" &&
      (operator.text === ":=" || operator.text === "=")
    ) {
      this.#next += 2;
      const known = operator.text === "=" ? this.#variable(name) : undefined;
      const value = this.#commands(end);
      const slot = known ? known.slot : this.#declare(name);
      return { kind: "assignment", slot, value };
    }
    return this.#commands(end);
  }

  #commands(end: "close" | ")"): Expression {
    let value = this.#command(undefined);
    while (this.#isSymbol("|")) {
      this.#take();
      value = this.#command(value);
    }
    const token = this.#peek();
    if (end === "close" ? token.kind === "close" : this.#isSymbol(")")) {
      return value;
    }
    throw token.kind === "close"
      ? syntaxMistake(token.at, "a ) is missing")
      : this.#unexpected(token);
  }

  /** A value, or a function or field with arguments, to which `piped` is added. */
  #command(piped: Expression | undefined): Expression {
    const first = this.#peek();
    const name = first.kind === "word" && !isConstant(first.text)
      ? this.#take().text
      : undefined;
    const head = name === undefined ? this.#operand() : undefined;
    const args: Expression[] = [];
    while (this.#startsOperand()) {
      const word = this.#peek();
      if (!word.spaced) throw this.#unexpected(word);
      args.push(this.#operand());
    }
    if (piped) args.push(piped);
    if (!head) {
      checkCall(name!, args.length, first.at);
      return { kind: "call", name: name!, args };
    }
    if (first.kind === "word" && first.text === "nil" && args.length === 0) {
      throw syntaxMistake(first.at, "nil is no command");
    }
    if (args.length === 0) return head;
    if (head.kind === "field") return { ...head, args };
    throw syntaxMistake(
      first.at,
      piped && args.length === 1
        ? `nothing can be piped into ${first.text}, only into functions`
        : `${first.text} is no function and takes no arguments`,
    );
  }

  /** One value with the fields behind it. */
  #operand(): Expression {
    const token = this.#peek();
    if (token.kind === "word" && !isConstant(token.text)) {
      this.#take();
      checkCall(token.text, 0, token.at);
      return { kind: "call", name: token.text, args: [] };
    }
    this.#take();
    switch (token.kind) {
      case "dot":
        return { kind: "dot" };
      case "field":
        return this.#chain(this.#field({ kind: "dot" }, "", token), token.text);
      case "variable":
        return this.#chain(this.#variable(token), token.text);
      case "symbol":
        if (token.text !== "(") break;
        return this.#deeper(token.at, () => {
          const value = this.#pipeline(")");
          this.#take();
          return this.#chain(value, "(…)");
        });
      case "word":
      case "number":
      case "quoted":
      case "raw":
      case "rune":
        return { kind: "literal", value: constantOf(token) };
    }
    throw this.#unexpected(token);
  }

  /** The fields that follow a value without a space. */
  #chain(value: Expression, source: string): Expression {
    let whole = value;
    let text = source;
    for (;;) {
      const token = this.#peek();
      if (token.kind !== "field" || token.spaced) return whole;
      this.#take();
      whole = this.#field(whole, text, token);
      text += token.text;
    }
  }

  #field(of: Expression, before: string, { text }: Token): Expression {
    const source = before + text;
    return { kind: "field", of, name: text.slice(1), args: [], source };
  }

  #startsOperand(): boolean {
    const { kind, text } = this.#peek();
    const kinds: readonly TokenKind[] = ["close", "end", "open", "text"];
    return kind === "symbol" ? text === "(" : !kinds.includes(kind);
  }

  #declare({ text: name }: Token): number {
    const slot = this.slots++;
    this.#scope.push({ name, slot });
    return slot;
  }

  #variable({ text: name, at }: Token): Variable {
    const known = this.#scope.findLast((variable) => variable.name === name);
    if (!known) throw syntaxMistake(at, `there is no variable ${name}`);
    return { kind: "variable", name, slot: known.slot };
  }

  #deeper<T>(at: number, action: () => T): T {
    if (++this.#depth > MAX_DEPTH) {
      throw syntaxMistake(at, `more than ${MAX_DEPTH} levels in each other`);
    }
    const value = action();
    this.#depth--;
    return value;
  }

  #close(): void {
    const token = this.#take();
    if (token.kind !== "close") throw this.#unexpected(token);
  }

  #unexpected({ kind, text, at }: Token): Error {
    return syntaxMistake(
      at,
      kind === "close" ? "a value is missing" : `unexpected ${text}`,
    );
  }

  #isSymbol(text: string, ahead = 0): boolean {
    const token = this.#peek(ahead);
    return token.kind === "symbol" && token.text === text;
  }

  /** The last token, `end`, is never passed. */
  #peek(ahead = 0): Token {
    return this.tokens[Math.min(this.#next + ahead, this.tokens.length - 1)]!;
  }

  #take(): Token {
    const token = this.#peek();
    this.#next++;
    return token;
  }
}

const CONSTANTS = new Map<string, boolean | null>([
  ["true", true],
  ["false", false],
  ["nil", null],
]);

function isConstant(word: string): boolean {
  return CONSTANTS.has(word);
}

function constantOf({ kind, text, at }: Token) {
  if (kind === "word") return CONSTANTS.get(text)!;
  if (kind === "raw") return text.slice(1, -1);
  const value = kind === "number" ? readNumber(text) : unquote(text);
  if (value === undefined) {
    throw syntaxMistake(
      at,
      `${text} is no ${kind === "number" ? kind : "text"}`,
    );
  }
  if (kind !== "rune") return value;
  if ([...String(value)].length === 1) return String(value).codePointAt(0)!;
  throw syntaxMistake(at, `${text} is not one letter`);
}
