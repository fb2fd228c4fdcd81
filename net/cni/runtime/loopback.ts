/**
 * The plugin `loopback`, done by rkl itself: every namespace has a loopback,
 * which only has to be brought up.
 *
 * @module
 */
import { parsePrefix } from "../../prefix.ts";
import { inNetns } from "../../netns.ts";
import { readLink } from "../../netlink/find_link.ts";
import { setLink } from "../../netlink/link.ts";
import { NetlinkSocket } from "../../netlink/socket.ts";
import type { CniResult } from "../result.ts";
import type { PluginCall } from "./chain.ts";
import { PluginError } from "./plugin_error.ts";

/** The type of the plugin. */
export const LOOPBACK = "loopback";

/** What the kernel gives a loopback that is up. */
const ADDRESSES = ["127.0.0.1/8", "::1/128"].map(parsePrefix);

/**
 * Brings the loopback up, and adds it to what the plugins before have made.
 *
 * @throws {SyscallError} when there is no such namespace
 */
export function addLoopback(
  call: PluginCall,
  before: CniResult | undefined,
): CniResult {
  const { CNI_NETNS: sandbox = "" } = call.environment;
  inNetns(sandbox, () => {
    using socket = new NetlinkSocket("ROUTE");
    socket.request(setLink("lo", { up: true }));
  });
  // As the reference plugin has it: other results pass through it.
  if (before) return before;
  return {
    interfaces: [{ name: "lo", mac: "00:00:00:00:00:00", sandbox }],
    ips: ADDRESSES.map((address) => ({ address, interface: 0 })),
    routes: [],
    dns: {},
  };
}

/**
 * Checks that the loopback is up.
 *
 * @throws {PluginError | SyscallError}
 */
export function checkLoopback(call: PluginCall): void {
  const { CNI_NETNS: sandbox = "" } = call.environment;
  const { up } = inNetns(sandbox, () => {
    using socket = new NetlinkSocket("ROUTE");
    return readLink(socket, "lo");
  });
  if (!up) throw new PluginError(call, "the loopback is down");
}
