/**
 * Moments in time as docker's users write them, to the nanosecond.
 *
 * @module
 */

/** Nanoseconds of each unit of a duration. */
const UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  "µs": 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
  d: 86_400e9,
};

const AMOUNT = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h|d)/g;
const DURATION = new RegExp(`^(?:${AMOUNT.source})+$`);
const UNIX = /^(\d+)(?:\.(\d{1,9}))?$/;
const DATE =
  /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?)?(?:(Z)|([+-])(\d\d):(\d\d))?$/;

type SixNumbers = [number, number, number, number, number, number];

const MILLISECOND = 1_000_000n, SECOND = 1_000_000_000n;

/**
 * The moment `text` names, in nanoseconds since 1970: so long before `now`
 * (`90s`, `1h30m`, `1.5h`), seconds since 1970 (`1738324800.5`), or a date in
 * RFC 3339, of which the time may be left out from the end. Without a zone it is
 * the local time.
 *
 * @param now In milliseconds since 1970.
 * @throws {Error} when it names none.
 */
export function moment(text: string, now: number = Date.now()): bigint {
  if (DURATION.test(text)) {
    const ago = [...text.matchAll(AMOUNT)].reduce(
      (sum, [, count, unit]) => sum + Number(count) * UNITS[unit!]!,
      0,
    );
    return BigInt(now) * MILLISECOND - BigInt(Math.round(ago));
  }
  const [, seconds, fraction] = UNIX.exec(text) ?? [];
  if (seconds !== undefined) {
    return BigInt(seconds) * SECOND + nanoseconds(fraction);
  }
  const date = readDate(text);
  if (date !== undefined) return date;
  throw new Error(
    "must be a duration such as 90s, 10m or 1h30m, a time such as " +
      "2025-01-31T12:00:00Z, or seconds since 1970",
  );
}

function readDate(text: string): bigint | undefined {
  const found = DATE.exec(text);
  if (!found) return undefined;
  const [year, month, day, hour, minute, second] = found.slice(1, 7)
    .map((part) => Number(part ?? 0)) as SixNumbers;
  const [fraction, utc, sign, hours, minutes] = found.slice(7);
  const parts = [year, month - 1, day, hour, minute, second] as const;
  const asUtc = Date.UTC(...parts);
  // What is out of range, such as the 31st of June, would be another date.
  const written = new Date(asUtc).toISOString().slice(0, 19);
  const [date, time] = [[year, month, day], [hour, minute, second]]
    .map((numbers) => numbers.map((n) => String(n).padStart(2, "0")));
  if (written !== `${date!.join("-")}T${time!.join(":")}`) return undefined;
  const offset = Number(`${sign ?? ""}1`) *
    (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000;
  const at = utc || sign ? asUtc - offset : new Date(...parts).getTime();
  return BigInt(at) * MILLISECOND + nanoseconds(fraction);
}

/** The digits behind a second's point. */
function nanoseconds(fraction = ""): bigint {
  return BigInt(fraction.padEnd(9, "0"));
}
