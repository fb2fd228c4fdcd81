/**
 * Signals by name and by number.
 *
 * @module
 */

/** Names by number, from 1, as x86_64 and aarch64 both have them; asm-generic/signal.h. */
const NAMES = (
  "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM " +
  "STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO " +
  "PWR SYS"
).split(" ");

const ALIASES = new Map([["IOT", 6], ["CLD", 17], ["POLL", 29]]);

/** The first real-time signal a program can use; libc keeps 32 and 33. */
const RTMIN = 34;
/** The last real-time signal. */
const RTMAX = 64;

/** The names of the ordinary signals: `HUP`, `INT`, … */
export const SIGNAL_NAMES: readonly string[] = NAMES;

/**
 * The number of the signal `text` names: `TERM`, `SIGTERM`, `sigterm`, `15`,
 * `RTMIN+3` or `RTMAX-1`.
 *
 * @throws {Error} when it names none, saying what is allowed.
 */
export function parseSignal(text: string): number {
  const number = numberOf(text.toUpperCase().replace(/^SIG/, ""));
  if (number !== undefined) return number;
  throw new Error(
    `"${text}" is no signal; use a number from 1 to ${RTMAX}, RTMIN+n, ` +
      `RTMAX-n, or one of ${NAMES.join(" ")}`,
  );
}

/** `SIGTERM` for 15, `SIGRTMIN+1` for 35. */
export function signalName(number: number): string {
  if (number >= RTMIN) {
    return number === RTMIN ? "SIGRTMIN" : `SIGRTMIN+${number - RTMIN}`;
  }
  const name = NAMES[number - 1];
  return name ? `SIG${name}` : `signal ${number}`;
}

function numberOf(name: string): number | undefined {
  const ordinary = ALIASES.get(name) ?? NAMES.indexOf(name) + 1;
  if (ordinary > 0) return ordinary;
  if (/^\d{1,2}$/.test(name)) return within(1, Number(name));
  const [, base, offset = "0"] =
    /^(RTMIN(?=\+|$)|RTMAX(?=-|$))(?:[+-](\d{1,2}))?$/.exec(name) ?? [];
  if (base === "RTMIN") return within(RTMIN, RTMIN + Number(offset));
  if (base === "RTMAX") return within(RTMIN, RTMAX - Number(offset));
  return undefined;
}

function within(min: number, number: number): number | undefined {
  return number >= min && number <= RTMAX ? number : undefined;
}
