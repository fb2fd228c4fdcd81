/**
 * What docker opens to all users of a container in its own network.
 *
 * @module
 */
import { exists } from "../../sys/entry.ts";
import type { NetworkMode } from "./mode.ts";

/**
 * Whoever it is may listen on any port, and ping: net/ipv4/af_inet.c and
 * net/ipv4/ping.c.
 */
const OPEN: Readonly<Record<string, string>> = {
  "net.ipv4.ip_unprivileged_port_start": "0",
  "net.ipv4.ping_group_range": "0 2147483647",
};

/** The settings; none of a network that others have too, or without IPv4. */
export function openSettings(
  mode: NetworkMode | undefined,
): Readonly<Record<string, string>> {
  const isOwn = mode?.kind === "none" || mode?.kind === "networks";
  return isOwn && exists("/proc/sys/net/ipv4/ping_group_range") ? OPEN : {};
}
