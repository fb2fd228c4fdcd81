/**
 * Terminals, as termios(3) and ioctl_tty(2) have them.
 *
 * @module
 */
import { trySyscall } from "./syscall.ts";

/** Requests, from asm-generic/ioctls.h. */
const TCGETS = 0x5401, TCSETSW = 0x5403;
const TIOCGWINSZ = 0x5413, TIOCSWINSZ = 0x5414;

/** struct termios of the kernel: four flags, the line, 19 characters. */
const TERMIOS_SIZE = 36;

/** Columns and rows. */
export interface WindowSize {
  width: number;
  height: number;
}

/** Whether a descriptor is a terminal. */
export function isTerminal(fd: number): boolean {
  return trySyscall("ioctl", fd, TCGETS, new Uint8Array(TERMIOS_SIZE)) >= 0;
}

/** The size of a terminal's window, or undefined when it has none. */
export function windowSize(fd: number): WindowSize | undefined {
  const size = new Uint16Array(4);
  const bytes = new Uint8Array(size.buffer);
  if (trySyscall("ioctl", fd, TIOCGWINSZ, bytes) < 0) return undefined;
  return size[0] && size[1] ? { height: size[0], width: size[1] } : undefined;
}

/** Sets the window size; the foreground processes get SIGWINCH. */
export function setWindowSize(fd: number, { width, height }: WindowSize): void {
  const size = Uint16Array.of(height, width, 0, 0);
  trySyscall("ioctl", fd, TIOCSWINSZ, new Uint8Array(size.buffer));
}

/**
 * Passes every key on as it is, as cfmakeraw(3), until disposed of.
 * Undefined when the descriptor is no terminal.
 */
export function rawMode(fd: number): Disposable | undefined {
  const saved = new Uint8Array(TERMIOS_SIZE);
  if (trySyscall("ioctl", fd, TCGETS, saved) < 0) return undefined;
  const raw = saved.slice();
  const flags = new Uint32Array(raw.buffer, 0, 4); // iflag oflag cflag lflag
  flags[0]! &= ~0o2753; // IGNBRK BRKINT PARMRK ISTRIP INLCR IGNCR ICRNL IXON
  flags[1]! &= ~0o1; // OPOST
  flags[2] = (flags[2]! & ~0o460) | 0o60; // CSIZE PARENB off, CS8 on
  flags[3]! &= ~0o100113; // ECHO ECHONL ICANON ISIG IEXTEN
  trySyscall("ioctl", fd, TCSETSW, raw);
  return {
    [Symbol.dispose]: () => void trySyscall("ioctl", fd, TCSETSW, saved),
  };
}
