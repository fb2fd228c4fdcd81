/**
 * Tables of text.
 *
 * @module
 */

/**
 * `rows` as lines, each column as wide as its widest cell, three spaces apart,
 * without trailing spaces. A row's last cell has all the room it needs.
 */
export function formatTable(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.slice(0, -1).forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  }
  return rows.map((row) =>
    row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("   ").trimEnd()
  );
}

/** Headings of columns that are headed by more than their names. */
export type Headings = Readonly<Record<string, string>>;

/** What stands over a column: what `headings` has, or its name in capitals. */
export function columnHeading(name: string, headings: Headings): string {
  return Object.hasOwn(headings, name) ? headings[name]! : name.toUpperCase();
}
