/**
 * A plan: what is added to nf_tables, in order, as plain data. It becomes the
 * requests of one transaction, or a text that nft reads.
 *
 * @module
 */
import type { Request } from "../netlink/message.ts";
import { addChain, type Chain } from "./chain.ts";
import { formatValue } from "./datatype.ts";
import { addElements, type Element, formatElement } from "./element.ts";
import { fieldType } from "./field.ts";
import { addRule, type Rule, type Statement } from "./rule.ts";
import { addSet, type SetType } from "./set.ts";
import { addTable, type Table } from "./table.ts";

/** One thing that is added. */
export type Addition =
  | { readonly add: "table"; readonly table: Table }
  | { readonly add: "set"; readonly set: SetType }
  | { readonly add: "chain"; readonly chain: Chain }
  | { readonly add: "rule"; readonly rule: Rule }
  | {
    readonly add: "elements";
    readonly set: SetType;
    readonly elements: readonly Element[];
  };

/** What is added, in order. */
export type Plan = readonly Addition[];

/**
 * The requests that carry a plan out.
 *
 * @throws {InvalidValueError}
 */
export function encodePlan(plan: Plan): Request[] {
  return plan.flatMap((addition, i) => {
    const id = i + 1; // its own in the transaction
    switch (addition.add) {
      case "table":
        return [addTable(addition.table)];
      case "set":
        return [addSet(addition.set, id)];
      case "chain":
        return [addChain(addition.chain)];
      case "rule":
        return addRule(addition.rule, id);
      case "elements":
        return addElements(addition.set, addition.elements);
    }
  });
}

/**
 * The commands that carry a plan out, as `nft -f` reads them; for a table of
 * the family `bridge`, see `ofBridge()`.
 */
export function formatPlan(
  plan: Plan,
  family: "inet" | "bridge" = "inet",
): string {
  return plan.map((addition) => formatAddition(addition, family) + "\n").join(
    "",
  );
}

function formatAddition(addition: Addition, family: string): string {
  switch (addition.add) {
    case "table": {
      const { name, comment } = addition.table;
      const note = comment === undefined
        ? ""
        : ` { comment ${JSON.stringify(comment)}; }`;
      return `add table ${family} ${name}${note}`;
    }
    case "set":
      return formatSet(addition.set, family);
    case "chain":
      return formatChain(addition.chain, family);
    case "rule": {
      const { table, chain, statements, comment } = addition.rule;
      const words = statements.map(formatStatement);
      if (comment !== undefined) {
        words.push(`comment ${JSON.stringify(comment)}`);
      }
      return `add rule ${family} ${table} ${chain} ${words.join(" ")}`;
    }
    case "elements": {
      const { set, set: { table, name }, elements } = addition;
      const list = elements.map((one) => formatElement(set, one)).join(", ");
      return `create element ${family} ${table} ${name} { ${list} }`;
    }
  }
}

function formatSet(
  { table, name, key, value, interval }: SetType,
  family: string,
): string {
  const kind = value ? "map" : "set";
  const type = [key, ...(value ? [value] : [])]
    .map((types) => types.join(" . ")).join(" : ");
  const flags = interval ? " flags interval;" : "";
  return `add ${kind} ${family} ${table} ${name} { type ${type};${flags} }`;
}

function formatChain({ table, name, base }: Chain, family: string): string {
  const head = `add chain ${family} ${table} ${name}`;
  if (!base) return head;
  const { type, hook, priority, policy } = base;
  return `${head} { type ${type} hook ${hook} priority ${priority}; ` +
    `policy ${policy}; }`;
}

/** A statement in nft's words. */
export function formatStatement(statement: Statement): string {
  if ("value" in statement) {
    const { is, value, not } = statement;
    const text = formatValue(fieldType(is).type, value);
    return `${is} ${not ? "!= " : ""}${text}`;
  }
  if ("oneOf" in statement) {
    const { is, oneOf } = statement;
    const { type } = fieldType(is);
    const list = oneOf.map((value) => formatValue(type, value)).join(", ");
    return `${is} { ${list} }`;
  }
  if ("has" in statement) return `${statement.has} ${statement.any.join(",")}`;
  if ("in" in statement) {
    const { in: set, key, not } = statement;
    return `${key.join(" . ")} ${not ? "!= " : ""}@${set}`;
  }
  switch (statement.do) {
    case "jump":
    case "goto":
      return `${statement.do} ${statement.chain}`;
    case "dnat": {
      const { family, key, map } = statement;
      const ip = family === 4 ? "ip" : "ip6";
      return `dnat ${ip} to ${key.join(" . ")} map @${map}`;
    }
    default:
      return statement.do;
  }
}
