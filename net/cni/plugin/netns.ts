/**
 * The container's network namespace.
 *
 * @module
 */
import { SyscallError } from "../../../sys/errors.ts";
import type { Fd } from "../../../sys/fd.ts";
import { NetlinkSocket } from "../../netlink/socket.ts";
import { inNetns, openNetns } from "../../netns.ts";
import { CNI_CODE, CniError } from "../error.ts";

/** The namespace, and a socket in it. */
export interface Container extends Disposable {
  readonly netns: Fd;
  /** Of the kernel's family ROUTE. */
  readonly socket: NetlinkSocket;
}

/** There is no such namespace, and why. */
interface Gone {
  readonly code: number;
  readonly reason: string;
}

/** What an errno of open(2) or setns(2) says of the namespace. */
const GONE: ReadonlyMap<string, Gone> = new Map([
  [
    "ENOENT",
    { code: CNI_CODE.UNKNOWN_CONTAINER, reason: "there is no such file" },
  ],
  [
    "ENOTDIR",
    { code: CNI_CODE.UNKNOWN_CONTAINER, reason: "there is no such file" },
  ],
  // Such a file is left in /run/netns by what was mounted there.
  [
    "EINVAL",
    { code: CNI_CODE.INVALID_NETNS, reason: "it is no network namespace" },
  ],
]);

/**
 * Opens CNI_NETNS.
 *
 * @param mayShare Whether it may be the plugin's own.
 * @throws {CniError} UNKNOWN_CONTAINER when it is gone, INVALID_NETNS when it
 * is none
 */
export function openContainer(path: string, mayShare: boolean): Container {
  const opened = tryOpen(path, mayShare);
  if (!("reason" in opened)) return opened;
  throw new CniError(
    opened.code,
    `cannot enter the network namespace ${path} (CNI_NETNS)`,
    opened.reason,
  );
}

/** The same; undefined when the namespace is gone. */
export function tryOpenContainer(
  path: string,
  mayShare: boolean,
): Container | undefined {
  const opened = tryOpen(path, mayShare);
  return "reason" in opened ? undefined : opened;
}

function tryOpen(path: string, mayShare: boolean): Container | Gone {
  try {
    const netns = openNetns(path);
    try {
      if (!mayShare) refuseOwn(netns);
      return hold(netns);
    } catch (error) {
      netns[Symbol.dispose]();
      throw error;
    }
  } catch (error) {
    const gone = error instanceof SyscallError && GONE.get(error.code);
    if (gone) return gone;
    throw error;
  }
}

function hold(netns: Fd): Container {
  const socket = inNetns(netns, () => new NetlinkSocket("ROUTE"));
  return {
    netns,
    socket,
    [Symbol.dispose]() {
      socket[Symbol.dispose]();
      netns[Symbol.dispose]();
    },
  };
}

/** DEL removes an interface there, which may be the host's way out. */
function refuseOwn(netns: Fd): void {
  if (!isOwn(netns)) return;
  throw new CniError(
    CNI_CODE.INVALID_NETNS,
    `${netns.path} (CNI_NETNS) is the network namespace that the plugin is in`,
    "CNI_NETNS_OVERRIDE=1 allows it",
  );
}

function isOwn(netns: Fd): boolean {
  const [here, there] = ["thread-self/ns/net", `self/fd/${netns.number}`]
    .map((path) => Deno.statSync(`/proc/${path}`));
  return here!.ino === there!.ino && here!.dev === there!.dev;
}
