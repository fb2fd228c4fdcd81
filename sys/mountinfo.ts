/**
 * The mounts that a process sees, as proc_pid_mountinfo(5) lists them.
 *
 * @module
 */

/** A mount. */
export interface Mounted {
  /** Where it is. */
  readonly mount: string;
  /** What of its filesystem is there: a directory in that. */
  readonly root: string;
  /** The type of its filesystem. */
  readonly type: string;
  /** The options of its filesystem. */
  readonly options: readonly string[];
  /** How it spreads, such as `shared:5` and `master:2`. */
  readonly propagation: readonly string[];
}

/** The mounts that the calling process sees, in the order they were made. */
export function hostMounts(): Mounted[] {
  return parseMounts(Deno.readTextFileSync("/proc/self/mountinfo"));
}

/**
 * Reads the lines of mountinfo, or only those of filesystems whose types begin
 * with `type`: a host may have thousands of others.
 */
export function parseMounts(mountinfo: string, type = ""): Mounted[] {
  return mountinfo.split("\n")
    .filter((line) => line.includes(` - ${type}`))
    .map(parseMount);
}

function parseMount(line: string): Mounted {
  // 36 35 98:0 /root /mount/point rw,noatime master:1 - type source options
  const [before = "", after = ""] = line.split(" - ");
  const [, , , root = "/", mount = "/", , ...propagation] = before.split(" ");
  const [type = "", , options = ""] = after.split(" ");
  return {
    mount: unescape(mount),
    root: unescape(root),
    type,
    options: options.split(","),
    propagation,
  };
}

/** mountinfo writes space, tab, newline and backslash as `\040` and so on. */
function unescape(text: string): string {
  return text.replace(
    /\\([0-7]{3})/g,
    (_, octal) => String.fromCharCode(parseInt(octal, 8)),
  );
}
