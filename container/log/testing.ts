/**
 * Logs as a monitor writes them, for tests.
 *
 * @module
 */
import { fileName } from "./files.ts";
import {
  BLOCK,
  blockEnd,
  isBlockFull,
  LOG_HEADER,
  type LogRecord,
  STREAM,
} from "./record.ts";

/** A directory that goes with the test. */
export function temporary(): { path: string } & Disposable {
  const path = Deno.makeTempDirSync({ prefix: "rkl-log-" });
  return {
    path,
    [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }),
  };
}

/** A record of text. */
export function record(
  time: number | bigint,
  text: string,
  stream: LogRecord["stream"] = "stdout",
): LogRecord {
  return { time: BigInt(time), stream, bytes: new TextEncoder().encode(text) };
}

/**
 * Writes records into files of at most `maxSize` bytes; those that do not fit a
 * block are cut in two, as a monitor does.
 */
export function writeLog(
  directory: string,
  records: readonly LogRecord[],
  { maxSize = Infinity, first = 1 }: { maxSize?: number; first?: number } = {},
): void {
  let number = first, offset = 0;
  let file = new Uint8Array(BLOCK);
  const flush = () =>
    Deno.writeFileSync(
      `${directory}/${fileName(number)}`,
      file.subarray(0, offset),
    );
  for (const { time, stream, bytes } of records) {
    for (let at = 0; at < bytes.length;) {
      const end = Math.min(blockEnd(offset), maxSize);
      const room = end - offset - LOG_HEADER.size;
      if (room <= 0 && end === maxSize) {
        flush();
        number++;
        offset = 0;
        file = new Uint8Array(BLOCK);
        continue;
      }
      if (isBlockFull(offset)) {
        offset = end;
        continue;
      }
      const part = bytes.subarray(at, at + room);
      while (offset + LOG_HEADER.size + part.length > file.length) {
        const larger = new Uint8Array(2 * file.length);
        larger.set(file);
        file = larger;
      }
      const view = new DataView(file.buffer, offset);
      view.setBigInt64(0, time / 1_000_000_000n, true);
      view.setBigInt64(8, time % 1_000_000_000n, true);
      view.setUint32(LOG_HEADER.length, part.length, true);
      view.setUint32(LOG_HEADER.stream, STREAM[stream], true);
      file.set(part, offset + LOG_HEADER.size);
      offset += LOG_HEADER.size + part.length;
      at += part.length;
    }
  }
  flush();
}
