/**
 * The heading of a table that a template describes.
 *
 * @module
 */
import { columnHeading, type Headings } from "../table.ts";
import type { Expression, Field, Node, Template } from "./syntax.ts";

/**
 * The template with a heading in place of each action: that of the field in
 * it. Of a block it is the heading of what is in it, or of its condition.
 */
export function headingOf(template: Template, headings: Headings): string {
  return ofNodes(template.nodes, headings);
}

function ofNodes(nodes: readonly Node[], headings: Headings): string {
  return nodes.map((node) => ofNode(node, headings)).join("");
}

function ofNode(node: Node, headings: Headings): string {
  switch (node.kind) {
    case "text":
      return node.text;
    case "print":
      return node.value.kind === "assignment"
        ? ""
        : ofValue(node.value, headings);
    case "break":
    case "continue":
      return "";
    default:
      return hasField(node.body)
        ? ofNodes(node.body, headings)
        : ofValue(node.value, headings);
  }
}

function hasField(nodes: readonly Node[]): boolean {
  return nodes.some((node) =>
    node.kind === "print"
      ? firstField(node.value) !== undefined
      : "body" in node && (hasField(node.body) || hasField(node.otherwise))
  );
}

function ofValue(value: Expression, headings: Headings): string {
  const field = firstField(value);
  if (!field) return "";
  const [argument] = field.args;
  // docker's: `.Label "com.example.my-part"` is headed `my part`.
  return argument?.kind === "literal"
    ? String(argument.value).split(".").at(-1)!.replaceAll(/[-_]/g, " ")
    : columnHeading(field.name, headings);
}

function firstField(value: Expression): Field | undefined {
  switch (value.kind) {
    case "field":
      return value;
    case "assignment":
      return firstField(value.value);
    case "call":
      return value.args.map(firstField).find((field) => field !== undefined);
    default:
      return undefined;
  }
}
