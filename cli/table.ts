/**
 * Tables of text.
 *
 * @module
 */

/**
 * `rows` as lines, each column as wide as its widest cell, three spaces apart,
 * without trailing spaces.
 */
export function formatTable(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  }
  return rows.map((row) =>
    row.map((cell, i) => cell.padEnd(widths[i]!)).join("   ").trimEnd()
  );
}
