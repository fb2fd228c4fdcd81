/**
 * What can go wrong between a request and its answer.
 *
 * @module
 */
import { viewOf } from "../../sys/memory.ts";
import { describeErrno, errnoName } from "../../sys/errno.ts";
import { encodeRequest, type Request, type Verdict } from "./message.ts";

/** The kernel refused a request. */
export class NetlinkError extends Error {
  /** Tells it from other errors. */
  override readonly name = "NetlinkError";
  /** The errno by name, such as `EEXIST`. */
  readonly code: string;

  /** Says what was attempted, the errno, and what the kernel adds to it. */
  constructor(
    /** What was refused. */
    readonly request: Request,
    /** The kernel's answer. */
    readonly verdict: Verdict,
  ) {
    super(
      `cannot ${request.what}: ${describeErrno(verdict.errno)}` +
        describeComplaint(request, verdict),
    );
    this.code = errnoName(verdict.errno);
  }
}

/**
 * An answer was lost, because too many came at once or there was none: the
 * request may have been carried out or not, so ask the kernel what there is.
 */
export class LostAnswerError extends Error {
  /** Tells it from other errors. */
  override readonly name = "LostAnswerError";

  /** Says what was attempted and why nothing is known of it. */
  constructor(
    /** What the answer was about. */
    readonly request: Request,
    /** How it got lost. */
    readonly reason: string,
  ) {
    super(
      `cannot tell whether it worked to ${request.what}: the kernel's answer ` +
        `is lost (${reason})`,
    );
  }
}

/** Whether it is the kernel's refusal for one of these reasons, as `EEXIST`. */
export function hasCode(
  outcome: unknown,
  ...codes: readonly string[]
): outcome is NetlinkError {
  return outcome instanceof NetlinkError && codes.includes(outcome.code);
}

/**
 * What an action returns; undefined where what it is about does not exist, by
 * ENOENT.
 */
export function unlessMissing<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/**
 * Throws the first failure among outcomes of requests, but for refusals for
 * these reasons.
 */
export function tolerate(
  outcomes: readonly unknown[],
  ...codes: readonly string[]
): void {
  for (const outcome of outcomes) {
    if (outcome instanceof Error && !hasCode(outcome, ...codes)) throw outcome;
  }
}

/** A list that changed, or overflowed, each time it was read. */
export class UnsettledDumpError extends Error {
  /** Tells it from other errors. */
  override readonly name = "UnsettledDumpError";

  /** Says how often it was tried. */
  constructor(
    /** What was asked for. */
    readonly request: Request,
    /** How often. */
    readonly attempts: number,
    /** What stood in the way the last time. */
    readonly reason: string,
  ) {
    super(
      `cannot ${request.what}: it did not hold still in ${attempts} attempts ` +
        `(${reason})`,
    );
  }
}

/** The kernel's own text, and the attribute its offset points at. */
function describeComplaint(
  request: Request,
  { text, offset, missing }: Verdict,
): string {
  const place = offset === undefined ? [] : [describeOffset(request, offset)];
  const lack = missing === undefined ? [] : [`attribute ${missing} is missing`];
  const places = [...place, ...lack].join(", ");
  if (text === undefined) return places && `; at ${places}`;
  return `; the kernel says "${text}"${places && ` of ${places}`}`;
}

function describeOffset(request: Request, offset: number): string {
  const bytes = encodeRequest(request, 0);
  if (offset < 16 || offset + 4 > bytes.length) return `byte ${offset}`;
  const type = viewOf(bytes).getUint16(offset + 2, true) & 0x3fff;
  return `attribute ${type} at byte ${offset}`;
}
