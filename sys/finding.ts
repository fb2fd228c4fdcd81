/**
 * What was found out about the host, told the same way whatever it is about.
 *
 * @module
 */

/**
 * How something is: there, there with a drawback, not there; or it could not be
 * asked, as without root.
 */
export type Verdict = "ok" | "limited" | "missing" | "unknown";

/** The answer to a question to the host. */
export interface Answer {
  readonly status: Verdict;
  /** What was seen; empty where the verdict says it all. */
  readonly detail: string;
}

/** What is asked about, for people. */
export interface Subject {
  /** Small letters and `-`; it does not change. */
  readonly name: string;
  /** What it is good for. */
  readonly why: string;
  /** What helps where it is missing or limited, and what works without. */
  readonly remedy: string;
}

/** An answer with what it is about; the remedy only where one is needed. */
export interface Finding extends Answer {
  readonly name: string;
  readonly why: string;
  readonly remedy?: string;
}

/** Joins an answer with what it is about. */
export function findingOf(
  { name, why, remedy }: Subject,
  { status, detail }: Answer,
): Finding {
  const helps = status === "ok" ? {} : { remedy };
  return { name, status, detail, why, ...helps };
}
