/**
 * A template as a tree: what its actions mean, without how they are written.
 *
 * @module
 */

/** A template that was read. */
export interface Template {
  readonly nodes: readonly Node[];
  /** How many variables it has; each is a slot. `$` is the first. */
  readonly slots: number;
}

/** One part of a template, in the order in which it is printed. */
export type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "print"; readonly value: Expression }
  | Branch
  | Range
  | { readonly kind: "break" | "continue" };

/** `if` and `with`; `else if` is a branch in `otherwise`. */
export interface Branch {
  readonly kind: "if" | "with";
  readonly value: Expression;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
}

/** `range` */
export interface Range {
  readonly kind: "range";
  readonly value: Expression;
  /** The slots that each key and each element go to. */
  readonly keySlot?: number;
  readonly elementSlot?: number;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
}

/** What has a value. */
export type Expression =
  | Literal
  | Dot
  | Variable
  | Assignment
  | Field
  | Call;

/** A constant. */
export interface Literal {
  readonly kind: "literal";
  readonly value: string | number | boolean | null;
}

/** `.` */
export interface Dot {
  readonly kind: "dot";
}

/** `$x` */
export interface Variable {
  readonly kind: "variable";
  readonly name: string;
  readonly slot: number;
}

/** `$x := …` or `$x = …`: has the value, but prints nothing. */
export interface Assignment {
  readonly kind: "assignment";
  readonly slot: number;
  readonly value: Expression;
}

/** `.Name`, `$x.Name`, `(…).Name`, and with arguments `.Label "key"`. */
export interface Field {
  readonly kind: "field";
  readonly of: Expression;
  readonly name: string;
  readonly args: readonly Expression[];
  /** As it is written, for messages: `.State.Health`. */
  readonly source: string;
}

/** A function with its arguments; what a pipeline hands on is the last. */
export interface Call {
  readonly kind: "call";
  readonly name: string;
  readonly args: readonly Expression[];
}
