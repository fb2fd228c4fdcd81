/**
 * Having the kernel pass packets on, from a bridge to other interfaces and
 * back.
 *
 * @module
 */
import type { Family } from "./address.ts";
import { decodeLink, listLinks } from "./netlink/link.ts";
import { NetlinkSocket } from "./netlink/socket.ts";
import { familiesOf, type Network } from "./network.ts";
import { BridgeError } from "./network_error.ts";
import { dotted, isReadOnly, type Sysctls } from "./sysctl.ts";

/** The switch of each IP version, below /proc/sys/net. */
export const SWITCHES: Readonly<Record<Family, string>> = {
  4: "ipv4/ip_forward",
  6: "ipv6/conf/all/forwarding",
};

/**
 * Turns forwarding on where a network needs it and it is off. Returns a line
 * for the user about each change. `ports` are those of the host's bridges.
 *
 * @throws {BridgeError} where that is not allowed
 */
export function forward(
  network: Network,
  sysctls: Sysctls,
  ports: () => readonly string[] = bridgePorts,
): string[] {
  if (network.internal) return [];
  return familiesOf(network)
    .filter((family) => sysctls.read(SWITCHES[family]) !== "1")
    .map((family) => turnOn(network, family, sysctls, ports));
}

function turnOn(
  network: Network,
  family: Family,
  sysctls: Sysctls,
  ports: () => readonly string[],
): string {
  const name = dotted(SWITCHES[family]);
  try {
    const kept = switchOn(family, sysctls, ports) ?? "";
    return `turned on IPv${family} forwarding (${name}), which network ` +
      `"${network.name}" needs${kept}`;
  } catch (error) {
    if (!isReadOnly(error)) throw error;
    throw new BridgeError(
      network,
      `it needs ${name}=1, which cannot be changed here; set it on the host, ` +
        "or take a network that is internal",
      { cause: error },
    );
  }
}

/**
 * Turns forwarding of an IP version on. Returns what else was changed, in
 * words to go on with, or undefined where it was on.
 *
 * @throws {SyscallError} where that is not allowed
 */
export function switchOn(
  family: Family,
  sysctls: Sysctls,
  ports: () => readonly string[] = bridgePorts,
): string | undefined {
  const path = SWITCHES[family];
  if (sysctls.read(path) === "1") return undefined;
  const kept = family === 6 ? keepRouters(sysctls, ports()) : "";
  sysctls.write(path, "1");
  return kept;
}

/**
 * Who forwards IPv6 no longer listens to routers, and would lose its own way
 * out: `accept_ra` is 1 for "unless forwarding", 2 for "always".
 */
function keepRouters(sysctls: Sysctls, ports: readonly string[]): string {
  const others = ["all", "default", "lo", ...ports];
  const listening = sysctls.list("ipv6/conf").filter((link) =>
    !others.includes(link) &&
    sysctls.read(`ipv6/conf/${link}/accept_ra`) === "1"
  );
  for (const link of listening) {
    sysctls.write(`ipv6/conf/${link}/accept_ra`, "2");
  }
  if (listening.length === 0) return "";
  return `; and accept_ra=2 on ${listening.join(", ")}, to go on listening ` +
    "to routers";
}

/** The links whose frames a bridge takes, so that none listens itself. */
function bridgePorts(): string[] {
  using socket = new NetlinkSocket("ROUTE");
  return socket.dump(listLinks()).map(decodeLink)
    .filter(({ port }) => port !== undefined)
    .map(({ name }) => name);
}
