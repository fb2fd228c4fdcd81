/**
 * Users and groups of an image, from its own /etc/passwd and /etc/group.
 *
 * @module
 */
import { LAST_ID } from "../runtime/spec/tables.ts";
import { O, open, openFileInRoot, read } from "../sys/fd.ts";
import { SyscallError } from "../sys/errors.ts";

/** As whom a process runs. */
export interface Identity {
  uid: number;
  gid: number;
  /** Supplementary groups. */
  groups: number[];
  /** Absent when the image does not know the user. */
  home?: string;
}

/** A user or group the image does not have. */
export class UnknownUserError extends Error {
  override readonly name = "UnknownUserError";
}

const MOST = 1 << 20; // bytes of /etc/passwd that are looked at

/**
 * Looks up `USER[:GROUP]`, names or ids, in a root filesystem. A numeric user
 * need not be known.
 *
 * @throws {UnknownUserError}
 */
export function lookUp(rootfs: string, user: string): Identity {
  const passwd = table(rootfs, "etc/passwd");
  const group = table(rootfs, "etc/group");
  return identityOf(user, passwd, group);
}

/** The decision of {@linkcode lookUp}, on lines split at colons. */
export function identityOf(
  user: string,
  passwd: readonly string[][],
  group: readonly string[][],
): Identity {
  const [name = "", groupName] = user.split(":", 2);
  const numeric = /^\d+$/.test(name);
  const entry = passwd.find((line) => line[0] === name) ??
    (numeric ? passwd.find((line) => line[2] === name) : undefined);
  if (!entry && !numeric) {
    throw new UnknownUserError(
      `the image has no user "${name}" in /etc/passwd; give a numeric id`,
    );
  }
  const gid = groupName === undefined
    ? idOf(entry?.[3] || "0", "passwd")
    : groupId(groupName, group);
  const groups = group
    .filter((line) => entry && line[3]?.split(",").includes(entry[0]!))
    .map((line) => idOf(line[2]!, "group"))
    .filter((id) => id !== gid);
  return {
    uid: idOf(entry?.[2] ?? name, "passwd"),
    gid,
    // An explicit group is the only one, as docker has it.
    groups: groupName === undefined ? groups : [],
    ...(entry?.[5] && { home: entry[5] }),
  };
}

/** A group by name or id. */
export function lookUpGroup(rootfs: string, name: string): number {
  return groupId(name, table(rootfs, "etc/group"));
}

/** Names by number, of a table of users or groups below a root. */
export function userNames(
  rootfs: string,
  path: "etc/passwd" | "etc/group",
): Map<number, string> {
  // Of several names for one number the first is meant.
  const entries = table(rootfs, path).toReversed();
  return new Map(entries.map(([name = "", , id]) => [Number(id), name]));
}

function groupId(name: string, group: readonly string[][]): number {
  const entry = group.find((line) => line[0] === name);
  if (entry) return idOf(entry[2]!, "group");
  if (/^\d+$/.test(name)) return idOf(name, "group");
  throw new UnknownUserError(
    `the image has no group "${name}" in /etc/group; give a numeric id`,
  );
}

function idOf(text: string, file: "passwd" | "group"): number {
  const id = Number(text);
  if (/^\d+$/.test(text) && id <= LAST_ID) return id;
  throw new UnknownUserError(
    `"${text}" is no id, as given or in the image's /etc/${file}; the greatest ` +
      `is ${LAST_ID}`,
  );
}

function table(rootfs: string, path: string): string[][] {
  try {
    using root = open(rootfs, O.PATH | O.DIRECTORY);
    using file = openFileInRoot(root, path);
    const bytes = new Uint8Array(MOST);
    let length = 0;
    for (let n; (n = read(file.number, bytes.subarray(length)));) length += n;
    const text = new TextDecoder().decode(bytes.subarray(0, length));
    return text.split("\n").filter(Boolean).map((line) => line.split(":"));
  } catch (error) {
    if (error instanceof SyscallError) return [];
    throw error;
  }
}
