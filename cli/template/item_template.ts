/**
 * A template for each of many items. Loaded only where one is asked for.
 *
 * @module
 */
import { compileTemplate } from "./compile.ts";
import type { Headings } from "../table.ts";
import { headingOf } from "./heading.ts";
import type { Shape } from "./lookup.ts";
import { parseTemplate } from "./parse.ts";
import { type Fields, View } from "./value.ts";

/** What a template can see of its items. */
export interface ItemShape<T> extends Shape {
  readonly fields?: Fields<T>;
  readonly headings?: Headings;
}

/** A template that was read. */
export interface ItemTemplate<T> {
  /** What it prints of an item. */
  readonly print: (item: T) => string;
  /** What stands over a table of them. */
  readonly heading: string;
}

/**
 * Reads the template in `text`, from `start` on.
 *
 * @throws {UsageError} and so does `print`, on what does not fit the item.
 */
export function itemTemplate<T>(
  text: string,
  start: number,
  { fields = {}, headings = {}, ...shape }: ItemShape<T>,
): ItemTemplate<T> {
  const template = parseTemplate(text.trimEnd(), start);
  const print = compileTemplate(template, shape);
  return {
    print: (item) => print(new View(item, fields)),
    heading: headingOf(template, headings),
  };
}
