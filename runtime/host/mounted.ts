/**
 * The mounts of this process, as proc_pid_mountinfo(5) lists them.
 *
 * @module
 */

/** A mount. */
export interface Mounted {
  /** Where it is. */
  readonly mount: string;
  /** The type of its filesystem. */
  readonly type: string;
}

/** The mounts that the calling process sees, in the order they were made. */
export function hostMounts(): Mounted[] {
  return parseMounts(Deno.readTextFileSync("/proc/self/mountinfo"));
}

/** Reads the lines of mountinfo; `\040` in them is a blank, and so on. */
export function parseMounts(mountinfo: string): Mounted[] {
  return mountinfo.split("\n").filter(Boolean).map((line) => {
    const [before = "", after = ""] = line.split(" - ");
    const mount = before.split(" ")[4] ?? "/";
    const [type = ""] = after.split(" ");
    return {
      type,
      mount: mount.replace(
        /\\([0-7]{3})/g,
        (_, octal) => String.fromCharCode(parseInt(octal, 8)),
      ),
    };
  });
}
