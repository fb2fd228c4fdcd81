/**
 * Rows that give the process a terminal of its own devpts.
 *
 * @module
 */
import { O } from "../../sys/fd.ts";
import { words } from "../../sys/memory.ts";
import { named } from "../init/program.ts";
import type { Step } from "../steps.ts";
import { AT_CWD, moveMount, openTree } from "./rows.ts";
import type { Emitter } from "./steps.ts";
import { emitTarget } from "./target.ts";

/** Requests of ioctl_tty(2), from asm-generic/ioctls.h. */
const TIOC = {
  SPTLCK: named(0x40045431, "TIOCSPTLCK"),
  GPTPEER: named(0x5441, "TIOCGPTPEER"),
  SCTTY: named(0x540e, "TIOCSCTTY"),
  SWINSZ: named(0x5414, "TIOCSWINSZ"),
} as const;

/**
 * Opens a pair in the container's /dev/pts, sends the master to whoever
 * listens on the console socket, and makes the other end the controlling
 * terminal, stdin, stdout, stderr and /dev/console. The other end is taken
 * from the master (TIOCGPTPEER), not by a path that an image could fake.
 */
export function emitConsole(
  emitter: Emitter,
  { uid, size, main }: Step & { op: "console" },
  what: string,
): void {
  const { program } = emitter;
  const master = program.sys("openat", [
    AT_CWD,
    "/dev/pts/ptmx",
    named(O.RDWR | O.NOCTTY | O.CLOEXEC, "O_RDWR|O_NOCTTY|O_CLOEXEC"),
    0,
  ], { what: `${what} (is a devpts mounted at /dev/pts?)` });
  program.sys("ioctl", [master, TIOC.SPTLCK, program.space(4)], { what });
  const terminal = program.sys("ioctl", [
    master,
    TIOC.GPTPEER,
    named(O.RDWR | O.NOCTTY, "O_RDWR|O_NOCTTY"),
  ], { what });
  if (size) {
    // struct winsize { u16 ws_row, ws_col, ws_xpixel, ws_ypixel; }
    const winsize = Uint16Array.of(size.height, size.width, 0, 0);
    program.sys("ioctl", [
      master,
      TIOC.SWINSZ,
      new Uint8Array(winsize.buffer),
    ], { what });
  }
  sendDescriptor(emitter, master, what);
  program.sys("close", [master]);
  if (uid !== 0) program.sys("fchown", [terminal, uid, -1], { what });
  if (main) {
    const target = emitTarget(emitter, "/dev/console", "file", what);
    const tree = openTree(emitter, terminal, "", false, what);
    moveMount(emitter, tree, target, what);
  }
  program.sys("ioctl", [terminal, TIOC.SCTTY, 0], { what });
  for (const stdio of [0, 1, 2]) {
    program.sys("dup3", [terminal, stdio, 0], { what });
  }
  program.sys("close", [terminal]);
}

/** sendmsg(2) with SCM_RIGHTS, the protocol of runc's console socket. */
function sendDescriptor(
  { program, channels }: Emitter,
  fd: ReturnType<typeof program.sys>,
  what: string,
): void {
  const [SOL_SOCKET, SCM_RIGHTS] = [1, 1];
  // struct cmsghdr { size_t len; int level; int type; } and one int, padded
  const control = program.bytes(
    words(20, SOL_SOCKET + SCM_RIGHTS * 2 ** 32, 0),
  );
  program.store(4, control.plus(16), fd);
  const name = program.string("/dev/ptmx");
  const iovec = program.words([name, 9]);
  // struct msghdr: name, its length, iovec, their number, control, its length
  const message = program.words([0, 0, iovec, 1, control, 24, 0]);
  program.sys("sendmsg", [channels.console, message, 0], {
    what: `${what}: send it to the console socket`,
  });
  program.sys("close", [channels.console]);
}
