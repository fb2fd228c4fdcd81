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

/**
 * Opens CNI_NETNS.
 *
 * @param mayShare Whether it may be the plugin's own.
 * @throws {CniError} UNKNOWN_CONTAINER when it is gone, INVALID_NETNS when it
 * is none
 */
export function openContainer(path: string, mayShare: boolean): Container {
  let netns: Fd;
  try {
    netns = openNetns(path);
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    const isGone = error.code === "ENOENT" || error.code === "ENOTDIR";
    throw new CniError(
      isGone ? CNI_CODE.UNKNOWN_CONTAINER : CNI_CODE.INVALID_NETNS,
      `cannot open the network namespace ${path} (CNI_NETNS)`,
      isGone ? "there is no such file" : error.message,
      { cause: error },
    );
  }
  try {
    if (!mayShare && isOwn(netns)) {
      throw new CniError(
        CNI_CODE.INVALID_NETNS,
        `${path} (CNI_NETNS) is the network namespace that the plugin is in`,
        "CNI_NETNS_OVERRIDE=1 allows it",
      );
    }
    const socket = inNetns(netns, () => new NetlinkSocket("ROUTE"));
    return {
      netns,
      socket,
      [Symbol.dispose]() {
        socket[Symbol.dispose]();
        netns[Symbol.dispose]();
      },
    };
  } catch (error) {
    netns[Symbol.dispose]();
    // setns(2) of a file that is no namespace; such a file is left in
    // /run/netns by what was mounted there.
    if (!(error instanceof SyscallError && error.code === "EINVAL")) {
      throw error;
    }
    throw new CniError(
      CNI_CODE.INVALID_NETNS,
      `${path} (CNI_NETNS) is no network namespace`,
      undefined,
      { cause: error },
    );
  }
}

/** The same; undefined when the namespace is gone. */
export function tryOpenContainer(
  path: string,
  mayShare: boolean,
): Container | undefined {
  try {
    return openContainer(path, mayShare);
  } catch (error) {
    const isGone = error instanceof CniError && error.cause !== undefined;
    if (isGone) return undefined;
    throw error;
  }
}

function isOwn(netns: Fd): boolean {
  const [here, there] = ["thread-self/ns/net", `self/fd/${netns.number}`]
    .map((path) => Deno.statSync(`/proc/${path}`));
  return here!.ino === there!.ino && here!.dev === there!.dev;
}
