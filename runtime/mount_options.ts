/**
 * Mount options: words become flags of mount(2), attributes of
 * mount_setattr(2) and propagation; the rest is data for the filesystem.
 *
 * @module
 */

/** Flags of mount(2), from linux/mount.h. */
export const MS = {
  RDONLY: 0x1,
  NOSUID: 0x2,
  NODEV: 0x4,
  NOEXEC: 0x8,
  SYNCHRONOUS: 0x10,
  REMOUNT: 0x20,
  MANDLOCK: 0x40,
  DIRSYNC: 0x80,
  NOSYMFOLLOW: 0x100,
  NOATIME: 0x400,
  NODIRATIME: 0x800,
  BIND: 0x1000,
  MOVE: 0x2000,
  REC: 0x4000,
  SILENT: 0x8000,
  UNBINDABLE: 0x20000,
  PRIVATE: 0x40000,
  SLAVE: 0x80000,
  SHARED: 0x100000,
  RELATIME: 0x200000,
  I_VERSION: 0x800000,
  STRICTATIME: 0x1000000,
  LAZYTIME: 0x2000000,
} as const;

/** Attributes of mount_setattr(2), from linux/mount.h. */
export const MOUNT_ATTR = {
  RDONLY: 0x1,
  NOSUID: 0x2,
  NODEV: 0x4,
  NOEXEC: 0x8,
  _ATIME: 0x70,
  NOATIME: 0x10,
  STRICTATIME: 0x20,
  NODIRATIME: 0x80,
  NOSYMFOLLOW: 0x200000,
} as const;

/** What a mount's options mean. */
export interface MountOptions {
  /** Flags of mount(2) for a new filesystem, without bind and propagation. */
  flags: number;
  /** Set and cleared on one mount, for bind mounts. */
  attrSet: number;
  attrClear: number;
  /** The same for the mount and all below it: `rro`, `rnosuid` … */
  recursiveSet: number;
  recursiveClear: number;
  /** `bind` or `rbind` was among them. */
  bind: "bind" | "rbind" | undefined;
  /** An MS_SHARED … flag, with MS_REC where it goes all the way down. */
  propagation: number;
  /** The filesystem's own options, comma separated. */
  data: string;
  /** `tmpcopyup`: a tmpfs starts with the content it covers. */
  copyUp: boolean;
}

type Word =
  | { flag: number; attr?: number; clear?: boolean }
  | { propagation: number }
  | { bind: "bind" | "rbind" }
  | { copyUp: true }
  | { nothing: true };

const set = (flag: number, attr?: number): Word => ({
  flag,
  ...(attr === undefined ? {} : { attr }),
});
const clear = (flag: number, attr?: number): Word => ({
  ...set(flag, attr),
  clear: true,
});

const WORDS: ReadonlyMap<string, Word> = new Map<string, Word>([
  ["defaults", { nothing: true }],
  ["bind", { bind: "bind" }],
  ["rbind", { bind: "rbind" }],
  ["ro", set(MS.RDONLY, MOUNT_ATTR.RDONLY)],
  ["rw", clear(MS.RDONLY, MOUNT_ATTR.RDONLY)],
  ["nosuid", set(MS.NOSUID, MOUNT_ATTR.NOSUID)],
  ["suid", clear(MS.NOSUID, MOUNT_ATTR.NOSUID)],
  ["nodev", set(MS.NODEV, MOUNT_ATTR.NODEV)],
  ["dev", clear(MS.NODEV, MOUNT_ATTR.NODEV)],
  ["noexec", set(MS.NOEXEC, MOUNT_ATTR.NOEXEC)],
  ["exec", clear(MS.NOEXEC, MOUNT_ATTR.NOEXEC)],
  ["noatime", set(MS.NOATIME, MOUNT_ATTR.NOATIME)],
  ["atime", clear(MS.NOATIME, MOUNT_ATTR.NOATIME)],
  ["strictatime", set(MS.STRICTATIME, MOUNT_ATTR.STRICTATIME)],
  ["nostrictatime", clear(MS.STRICTATIME, MOUNT_ATTR.STRICTATIME)],
  ["relatime", set(MS.RELATIME, 0)],
  ["norelatime", clear(MS.RELATIME, 0)],
  ["nodiratime", set(MS.NODIRATIME, MOUNT_ATTR.NODIRATIME)],
  ["diratime", clear(MS.NODIRATIME, MOUNT_ATTR.NODIRATIME)],
  ["nosymfollow", set(MS.NOSYMFOLLOW, MOUNT_ATTR.NOSYMFOLLOW)],
  ["symfollow", clear(MS.NOSYMFOLLOW, MOUNT_ATTR.NOSYMFOLLOW)],
  ["sync", set(MS.SYNCHRONOUS)],
  ["async", clear(MS.SYNCHRONOUS)],
  ["dirsync", set(MS.DIRSYNC)],
  ["lazytime", set(MS.LAZYTIME)],
  ["nolazytime", clear(MS.LAZYTIME)],
  ["mand", set(MS.MANDLOCK)],
  ["nomand", clear(MS.MANDLOCK)],
  ["iversion", set(MS.I_VERSION)],
  ["noiversion", clear(MS.I_VERSION)],
  ["silent", set(MS.SILENT)],
  ["loud", clear(MS.SILENT)],
  ["private", { propagation: MS.PRIVATE }],
  ["rprivate", { propagation: MS.PRIVATE | MS.REC }],
  ["slave", { propagation: MS.SLAVE }],
  ["rslave", { propagation: MS.SLAVE | MS.REC }],
  ["shared", { propagation: MS.SHARED }],
  ["rshared", { propagation: MS.SHARED | MS.REC }],
  ["unbindable", { propagation: MS.UNBINDABLE }],
  ["runbindable", { propagation: MS.UNBINDABLE | MS.REC }],
  ["tmpcopyup", { copyUp: true }],
]);

const ATIME = MOUNT_ATTR.NOATIME | MOUNT_ATTR.STRICTATIME;

/** Sorts the options of one mount; the last of two opposites wins. */
export function parseMountOptions(options: readonly string[]): MountOptions {
  const result: MountOptions = {
    flags: 0,
    attrSet: 0,
    attrClear: 0,
    recursiveSet: 0,
    recursiveClear: 0,
    bind: undefined,
    propagation: 0,
    data: "",
    copyUp: false,
  };
  const data: string[] = [];
  for (const option of options) {
    const word = WORDS.get(option);
    const recursive = option.startsWith("r")
      ? WORDS.get(option.slice(1))
      : undefined;
    if (word) apply(result, word);
    else if (recursive && "attr" in recursive) {
      applyRecursive(result, recursive);
    } else data.push(option);
  }
  result.data = data.join(",");
  return result;
}

function apply(result: MountOptions, word: Word): void {
  if ("bind" in word) result.bind = word.bind;
  else if ("propagation" in word) result.propagation = word.propagation;
  else if ("copyUp" in word) result.copyUp = true;
  else if ("flag" in word) {
    result.flags = word.clear
      ? result.flags & ~word.flag
      : result.flags | word.flag;
    if (word.attr === undefined) return;
    [result.attrSet, result.attrClear] = combine(
      result.attrSet,
      result.attrClear,
      word.attr,
      word.clear === true,
    );
  }
}

function applyRecursive(
  result: MountOptions,
  word: { attr?: number; clear?: boolean },
): void {
  [result.recursiveSet, result.recursiveClear] = combine(
    result.recursiveSet,
    result.recursiveClear,
    word.attr ?? 0,
    word.clear === true,
  );
}

/** The access time is one field of several values, set by clearing it first. */
function combine(
  set: number,
  cleared: number,
  attr: number,
  clear: boolean,
): [set: number, clear: number] {
  const isTime = attr === 0 || (attr & ATIME) !== 0;
  if (isTime) {
    return [
      (set & ~MOUNT_ATTR._ATIME) | (clear ? 0 : attr),
      cleared | MOUNT_ATTR._ATIME,
    ];
  }
  return clear ? [set & ~attr, cleared | attr] : [set | attr, cleared & ~attr];
}

/** Flags by the names strace gives them: `MS_NOSUID|MS_NODEV`. */
export function nameFlags(
  flags: number,
  names: Readonly<Record<string, number>>,
  prefix: string,
): string {
  const parts = Object.entries(names)
    .filter(([, bit]) => bit !== 0 && (flags & bit) === bit)
    .map(([name]) => prefix + name);
  return parts.length ? parts.join("|") : "0";
}
