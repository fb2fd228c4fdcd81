/**
 * `--format`, as docker has it: how verbs print what they list or inspect.
 *
 * @module
 */
import { columnHeading, formatTable, type Headings } from "./table.ts";
import type { Shape } from "./template/lookup.ts";
import type { Fields } from "./template/value.ts";

/** What a value of `--format` asks for. */
export type Format =
  | { readonly kind: "json" }
  | {
    readonly kind: "table" | "lines";
    /** The whole value, of which `start` is where the template begins. */
    readonly template?: { readonly text: string; readonly start: number };
  };

/** What templates may ask of the items of a verb. */
export interface Description<T> extends Shape {
  /**
   * Fields besides those an item has, docker's for example. A name in the same
   * case goes before another; where both have it, these go before an item's.
   */
  readonly fields?: Fields<T>;
}

/**
 * What a verb that lists says of its items, whose fields are docker's. What is a
 * function is for templates only: `.Label "key"`.
 */
export interface Listing<T> extends Description<T> {
  /** The fields that the table has unless it is told otherwise. */
  readonly columns?: readonly (keyof T & string)[];
  /** Headings of fields other than their names in capitals. */
  readonly headings?: Headings;
}

/** The flag of verbs that list. */
export const FORMAT = {
  type: parseFormat,
  value: "FORMAT",
  help: "table (default), json, TEMPLATE, or table TEMPLATE",
} as const;

/** The flag of verbs that print one thing after the other, and no table. */
export const LINE_FORMAT = {
  type: parseLineFormat,
  value: "FORMAT",
  help: "json (on one line), or TEMPLATE, such as {{.Name}}",
} as const;

/** The flag of verbs that inspect. */
export const INSPECT_FORMAT = { ...LINE_FORMAT, alias: "f" } as const;

/**
 * Reads `table`, `json`, `table TEMPLATE` or `TEMPLATE`. The template itself is
 * read when it is used.
 *
 * @throws {Error} when it is none of these.
 */
export function parseFormat(text: string): Format {
  if (text === "json") return { kind: "json" };
  if (text === "" || text === "table") return { kind: "table" };
  const start = /^table(?=[\s\\{])\s*/.exec(text)?.[0].length;
  if (start !== undefined && text.includes("{{")) {
    return { kind: "table", template: { text, start } };
  }
  if (text.includes("{{")) {
    return { kind: "lines", template: { text, start: 0 } };
  }
  throw new Error(
    "must be table, json, or a template such as {{.Name}} or table {{.Name}}",
  );
}

/**
 * Reads `json` or `TEMPLATE`.
 *
 * @throws {Error} when it is neither.
 */
export function parseLineFormat(text: string): Format {
  if (text === "json") return { kind: "json" };
  if (text.includes("{{")) {
    return { kind: "lines", template: { text, start: 0 } };
  }
  throw new Error("must be json, or a template such as {{.Name}}");
}

/** Turns items into lines to print. */
export type Formatter<T> = (items: readonly T[]) => string[];

/**
 * How items are to be printed: as a table with headings, a line of JSON each,
 * or by a template. It can be used again and again.
 *
 * @example
 * ```ts
 * const format = await formatterOf(flags.format, LISTING);
 * for (const line of format(items)) print(line);
 * ```
 *
 * @throws {UsageError} on a mistake in a template, and so does the formatter.
 */
export async function formatterOf<T extends object>(
  format: Format = { kind: "table" },
  listing: Listing<T>,
): Promise<Formatter<T>> {
  if (format.kind === "json") return (items) => items.map(jsonLine);
  if (format.template) {
    const { text, start } = format.template;
    const { itemTemplate } = await import("./template/item_template.ts");
    const { print, heading } = itemTemplate(text, start, listing);
    if (format.kind === "lines") return (items) => items.map(print);
    return (items) => alignTabs([heading, ...items.map(print)]);
  }
  const { columns = [], headings = {} } = listing;
  const head = columns.map((name) => columnHeading(name, headings));
  return (items) =>
    formatTable([
      head,
      ...items.map((item) => columns.map((name) => String(item[name]))),
    ]);
}

/**
 * How `inspect` prints: an indented JSON array, all on one line, or a template
 * for each.
 *
 * @throws {UsageError} on a mistake in the template, and so does the formatter.
 */
export async function inspectorOf<T extends object>(
  format: Format | undefined,
  description: Description<T>,
): Promise<Formatter<T>> {
  if (!format) return (items) => [JSON.stringify(items, null, 2)];
  if (format.kind === "json" || !format.template) {
    return (items) => [JSON.stringify(items)];
  }
  const { text, start } = format.template;
  const { itemTemplate } = await import("./template/item_template.ts");
  const { print } = itemTemplate(text, start, description);
  return (items) => items.map(print);
}

function jsonLine(item: object): string {
  return JSON.stringify(item);
}

/** Texts whose cells are ended by tabs, as a table. */
function alignTabs(texts: readonly string[]): string[] {
  const rows = texts.flatMap((text) => text.split("\n"));
  return formatTable(rows.map((row) => row.split("\t")));
}
