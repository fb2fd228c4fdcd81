/**
 * One link, by its name or index.
 *
 * @module
 */
import { hasCode } from "./errors.ts";
import { decodeLink, getLink, type Link, type LinkRef } from "./link.ts";
import type { NetlinkSocket } from "./socket.ts";

/** A link; undefined where there is none of the name or index. */
export function findLink(
  socket: NetlinkSocket,
  link: LinkRef,
): Link | undefined {
  try {
    return readLink(socket, link);
  } catch (error) {
    if (hasCode(error, "ENODEV")) return undefined;
    throw error;
  }
}

/**
 * A link that is there.
 *
 * @throws {NetlinkError} ENODEV when it is not
 */
export function readLink(socket: NetlinkSocket, link: LinkRef): Link {
  const [answer] = socket.request(getLink(link));
  return decodeLink(answer!);
}
