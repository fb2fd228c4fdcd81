/**
 * Templates as functions: a tree is gone through once, then used many times.
 *
 * @module
 */
import { functionOf } from "./functions.ts";
import { type Lookup, lookupIn, type Shape } from "./lookup.ts";
import { mistake } from "./mistake.ts";
import type { Call, Expression, Node, Range, Template } from "./syntax.ts";
import { printedText } from "./text.ts";
import {
  dataOf,
  describeKind,
  isTrue,
  keysOf,
  kindOf,
  valueAt,
} from "./value.ts";

/**
 * What one use of a template may cost: letters, more or less. It ends those
 * that would fill the memory or never end.
 */
const BUDGET = 1 << 24;

/** What a round of a loop costs at least. */
const ROUND = 64;

/** One use of a template. */
interface Frame {
  dot: unknown;
  readonly variables: unknown[];
  out: string;
  left: number;
}

type Evaluate = (frame: Frame) => unknown;

/** How a node ended; a loop takes the last two for itself. */
type Flow = "next" | "break" | "continue";
type Run = (frame: Frame) => Flow;

/**
 * Makes a function of a template, which prints what it is given.
 *
 * @throws {UsageError} and so does the function, on what does not fit.
 */
export function compileTemplate(
  { nodes, slots }: Template,
  shape: Shape = {},
): (value: unknown) => string {
  const run = bounded(() => compileNodes(nodes, lookupIn(shape)));
  return (value) => {
    const variables = new Array<unknown>(slots).fill(undefined);
    variables[0] = value;
    const frame: Frame = { dot: value, variables, out: "", left: BUDGET };
    bounded(() => run(frame));
    return frame.out;
  };
}

/** What is too deep for the stack, or too long for a text, is an error too. */
function bounded<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof RangeError) throw tooMuch();
    throw error;
  }
}

function tooMuch(): Error {
  return mistake("the template", "it takes more time and memory than it may");
}

function spend(frame: Frame, cost: number): void {
  frame.left -= cost;
  if (frame.left < 0) throw tooMuch();
}

/** What it costs to go through a value once. */
function costOf(value: unknown): number {
  return typeof value === "string" || Array.isArray(value)
    ? value.length + 1
    : 1;
}

function print(frame: Frame, text: string): void {
  spend(frame, text.length);
  frame.out += text;
}

function compileNodes(nodes: readonly Node[], lookup: Lookup): Run {
  const runs = nodes.map((node) => compileNode(node, lookup));
  return (frame) => {
    for (const run of runs) {
      const flow = run(frame);
      if (flow !== "next") return flow;
    }
    return "next";
  };
}

function compileNode(node: Node, lookup: Lookup): Run {
  switch (node.kind) {
    case "text":
      return (frame) => {
        print(frame, node.text);
        return "next";
      };
    case "print": {
      const value = compileValue(node.value, lookup);
      const isSilent = node.value.kind === "assignment";
      return (frame) => {
        const result = value(frame);
        if (!isSilent) print(frame, printedText(result));
        return "next";
      };
    }
    case "break":
    case "continue":
      return () => node.kind;
    case "range":
      return compileRange(node, lookup);
    default: {
      const value = compileValue(node.value, lookup);
      const body = compileNodes(node.body, lookup);
      const otherwise = compileNodes(node.otherwise, lookup);
      return (frame) => {
        const result = value(frame);
        if (!isTrue(result)) return otherwise(frame);
        return node.kind === "if" ? body(frame) : within(frame, result, body);
      };
    }
  }
}

/** Runs with another dot. */
function within(frame: Frame, dot: unknown, run: Run): Flow {
  const outside = frame.dot;
  frame.dot = dot;
  const flow = run(frame);
  frame.dot = outside;
  return flow;
}

function compileRange(node: Range, lookup: Lookup): Run {
  const { keySlot, elementSlot } = node;
  const value = compileValue(node.value, lookup);
  const body = compileNodes(node.body, lookup);
  const otherwise = compileNodes(node.otherwise, lookup);
  return (frame) => {
    const entries = entriesOf(value(frame));
    if (entries.length === 0) return otherwise(frame);
    for (const [key, element] of entries) {
      spend(frame, ROUND);
      if (keySlot !== undefined) frame.variables[keySlot] = key;
      if (elementSlot !== undefined) frame.variables[elementSlot] = element;
      if (within(frame, element, body) === "break") break;
    }
    return "next";
  };
}

/** What a loop goes through, with its numbers or keys. */
function entriesOf(value: unknown): (readonly [unknown, unknown])[] {
  switch (kindOf(value)) {
    case "list":
      return [...(value as readonly unknown[]).entries()];
    case "map": {
      const map = dataOf(value) as object;
      return keysOf(map).map((key) => [key, valueAt(map, key)] as const);
    }
    case "nothing":
      return [];
    default:
      throw mistake(
        "range",
        `it goes through lists and maps, not ${describeKind(value)}`,
      );
  }
}

function compileValue(expression: Expression, lookup: Lookup): Evaluate {
  switch (expression.kind) {
    case "literal":
      return () => expression.value;
    case "dot":
      return ({ dot }) => dot;
    case "variable":
      return ({ variables }) => variables[expression.slot];
    case "assignment": {
      const value = compileValue(expression.value, lookup);
      return (frame) => frame.variables[expression.slot] = value(frame);
    }
    case "field": {
      const of = compileValue(expression.of, lookup);
      const args = expression.args.map((arg) => compileValue(arg, lookup));
      return (frame) =>
        lookup(of(frame), expression, args.map((arg) => arg(frame)));
    }
    case "call":
      return compileCall(expression, lookup);
  }
}

function compileCall({ name, args }: Call, lookup: Lookup): Evaluate {
  const values = args.map((arg) => compileValue(arg, lookup));
  const { call, decidedBy } = functionOf(name);
  if (decidedBy !== undefined) {
    return (frame) => {
      let result: unknown;
      for (const value of values) {
        result = value(frame);
        if (isTrue(result) === decidedBy) break;
      }
      return result;
    };
  }
  return (frame) => {
    const given = values.map((value) => value(frame));
    for (const value of given) spend(frame, costOf(value));
    const result = named(name, () => call(...given));
    spend(frame, costOf(result));
    return result;
  };
}

/** A function's complaint is told with its name. */
function named<T>(name: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof RangeError || !(error instanceof Error)) throw error;
    throw mistake(name, error.message);
  }
}
