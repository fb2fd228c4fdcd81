/**
 * Records of pax headers: `LENGTH KEY=VALUE\n`, the length being that of all of
 * it; values are any bytes.
 *
 * @module
 */
import { join } from "../sys/memory.ts";

const [BLANK, EQUALS, NEWLINE] = [0x20, 0x3d, 0x0a];
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Records one after another. */
export function encodePax(
  records: ReadonlyMap<string, Uint8Array>,
): Uint8Array {
  return join([...records].map(([key, value]) => {
    const rest = encoder.encode(` ${key}=`);
    const length = lengthOf(rest.length + value.length + 1);
    const record = new Uint8Array(length);
    const digits = encoder.encode(String(length));
    record.set(digits);
    record.set(rest, digits.length);
    record.set(value, digits.length + rest.length);
    record[length - 1] = NEWLINE;
    return record;
  }));
}

/** A length that counts its own digits. */
function lengthOf(rest: number): number {
  let length = rest + 1;
  while (String(length).length + rest !== length) length++;
  return length;
}

/** What the records say; what is none ends them. */
export function decodePax(bytes: Uint8Array): Map<string, Uint8Array> {
  const records = new Map<string, Uint8Array>();
  for (let at = 0; at < bytes.length;) {
    const blank = bytes.indexOf(BLANK, at);
    const length = Number(decoder.decode(bytes.subarray(at, blank)));
    const equals = bytes.indexOf(EQUALS, blank);
    const end = at + length;
    if (!(length > 0) || end > bytes.length || equals < 0 || equals >= end) {
      break;
    }
    const key = decoder.decode(bytes.subarray(blank + 1, equals));
    records.set(key, bytes.slice(equals + 1, end - 1));
    at = end;
  }
  return records;
}
