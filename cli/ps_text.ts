/**
 * Terminals and times, as ps(1) writes them.
 *
 * @module
 */
/** `pts/3`, or `?` for none; numbers from the kernel's devices.txt. */
export function terminalName(device: number): string {
  const [TTY, PTS, PTS_LAST] = [4, 136, 143];
  const major = (device >> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >> 12) & 0xfff00);
  if (major >= PTS && major <= PTS_LAST) return `pts/${minor}`;
  if (major === TTY) return minor < 64 ? `tty${minor}` : `ttyS${minor - 64}`;
  return "?";
}

/** When it was started: the time today, the day this year, or the year. */
export function startText(elapsed: number, now: Date): string {
  const SECOND = 1000;
  const began = new Date(now.getTime() - elapsed * SECOND);
  const two = (number: number) => String(number).padStart(2, "0");
  if (began.toDateString() === now.toDateString()) {
    return `${two(began.getHours())}:${two(began.getMinutes())}`;
  }
  if (began.getFullYear() !== now.getFullYear()) {
    return String(began.getFullYear());
  }
  const month = began.toLocaleString("en", { month: "short" });
  return `${month}${two(began.getDate())}`;
}

/** `[DD-]HH:MM:SS` */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const parts = [whole / 3600 % 24, whole / 60 % 60, whole % 60]
    .map((part) => String(Math.floor(part)).padStart(2, "0"));
  const days = Math.floor(whole / 86_400);
  return `${days > 0 ? `${days}-` : ""}${parts.join(":")}`;
}

/** The same, without hours where there are none. */
export function shortClock(seconds: number): string {
  return clock(seconds).replace(/^00:/, "");
}
