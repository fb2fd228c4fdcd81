/**
 * Moments in time as users write them.
 *
 * @module
 */

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * The moment `text` names: so long before `now` (`90s`, `1h30m`), or a date
 * with or without a time, in RFC 3339.
 *
 * @throws {Error} when it names none.
 */
export function instant(text: string, now: Date = new Date()): Date {
  if (/^(\d+[smhd])+$/.test(text)) {
    let ago = 0;
    for (const [, count, unit] of text.matchAll(/(\d+)([smhd])/g)) {
      ago += Number(count) * UNITS[unit as keyof typeof UNITS];
    }
    return new Date(now.getTime() - ago);
  }
  const date = new Date(/^\d{4}-\d\d-\d\d(T.*)?$/.test(text) ? text : NaN);
  if (!Number.isNaN(date.getTime())) return date;
  throw new Error(
    "must be a duration such as 90s, 10m or 1h30m, or a time such as " +
      "2025-01-31T12:00:00Z",
  );
}
