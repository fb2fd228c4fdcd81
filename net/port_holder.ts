/**
 * Who has a port of the host, for the message that it cannot be had.
 *
 * @module
 */
import { isMissing } from "../sys/path.ts";

/** A process with a socket. */
export interface PortHolder {
  readonly pid: number;
  /** Its name, as ps(1) shows it. */
  readonly name: string;
}

/**
 * The process that has a port in the calling thread's network namespace, if
 * that can be seen. Looks at every process: for when something went wrong.
 */
export function findPortHolder(
  transport: string,
  port: number,
): PortHolder | undefined {
  const sockets = new Set(
    ["", "6"].flatMap((version) =>
      socketsOn(readLines(`/proc/thread-self/net/${transport}${version}`), port)
    ),
  );
  if (sockets.size === 0) return undefined;
  for (const { name } of readDirectory("/proc")) {
    if (/^\d+$/.test(name) && hasSocket(name, sockets)) {
      const [comm = ""] = readLines(`/proc/${name}/comm`);
      return { pid: Number(name), name: printable(comm) };
    }
  }
  return undefined;
}

/** A process has any name it likes, with orders to a terminal too. */
function printable(comm: string): string {
  return comm.replaceAll(/\p{C}/gu, "?");
}

/**
 * The inodes of sockets bound to a port, from the lines of /proc/net/tcp and
 * its like: `sl local_address remote_address … inode`, in hexadecimal.
 */
export function socketsOn(lines: readonly string[], port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return lines.slice(1).map((line) => line.trim().split(/\s+/))
    .filter(([, local]) => local?.endsWith(suffix))
    .flatMap((fields) => fields[9] ?? [])
    .filter((inode) => inode !== "0"); // of a connection that has ended
}

function hasSocket(pid: string, inodes: ReadonlySet<string>): boolean {
  const directory = `/proc/${pid}/fd`;
  return readDirectory(directory).some(({ name }) => {
    const [, inode] = /^socket:\[(\d+)\]$/
      .exec(readLink(`${directory}/${name}`)) ?? [];
    return inode !== undefined && inodes.has(inode);
  });
}

/** Processes end, and close what they have open, while they are looked at. */
function whileThere<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch (error) {
    const gone = isMissing(error) ||
      error instanceof Deno.errors.PermissionDenied ||
      Object(error).code === "ESRCH";
    if (gone) return otherwise;
    throw error;
  }
}

function readLines(path: string): string[] {
  return whileThere(() => Deno.readTextFileSync(path).trimEnd(), "")
    .split("\n");
}

function readDirectory(path: string): Deno.DirEntry[] {
  return whileThere(() => [...Deno.readDirSync(path)], []);
}

function readLink(path: string): string {
  return whileThere(() => Deno.readLinkSync(path), "");
}
