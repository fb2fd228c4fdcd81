/**
 * ADD: a container's network namespace is connected to the bridge.
 *
 * What cannot be is found out before anything is made. When something fails
 * after that, what was made is taken back.
 *
 * @module
 */
import { sleep } from "../../../sys/timer.ts";
import { switchOn } from "../../forwarding.ts";
import { getLink, type Link, setLink } from "../../netlink/link.ts";
import { decodePayload } from "../../netlink/message.ts";
import { NetlinkSocket } from "../../netlink/socket.ts";
import { putElements } from "../../nftables/owned_table.ts";
import { isReadOnly, kernelSysctls } from "../../sysctl.ts";
import { CNI_CODE, CniError } from "../error.ts";
import type { CniInterface, CniResult } from "../result.ts";
import { findLink } from "../../netlink/find_link.ts";
import { ensureAddresses, raiseBridge } from "./bridge.ts";
import type { BridgeConfig } from "./config.ts";
import type { Attachment } from "./environment.ts";
import { dropOwned, openFilter } from "./filter.ts";
import { configureInside, refuseTaken } from "./inside.ts";
import type { Ipam } from "./ipam.ts";
import { guardElements, MAC_GUARD } from "./mac_guard.ts";
import { MASQUERADE } from "./masquerade.ts";
import type { Container } from "./netns.ts";
import { type AttachPlan, planAttachment, resultOf } from "./plan.ts";
import { addPair, removePort } from "./port.ts";
import { requireVlans } from "./vlan.ts";

const NOTHING: CniResult = { interfaces: [], ips: [], routes: [], dns: {} };

/**
 * Adds an attachment and returns its result.
 *
 * @throws {CniError}
 * @throws {NetlinkError} when the kernel refuses
 */
export async function add(
  config: BridgeConfig,
  attachment: Attachment,
  container: Container,
  ipam: Ipam | undefined,
): Promise<CniResult> {
  using host = new NetlinkSocket("ROUTE");
  using filter = openFilter(config);
  refuseTaken(container, attachment.ifname);
  requireVlans(host, config);
  await using made = new AsyncDisposableStack();
  const undo = (action: () => Promise<void> | void) =>
    made.defer(() => quietly(action));
  let leased = NOTHING;
  if (ipam) {
    leased = await ipam.add(attachment);
    undo(() => ipam.del(attachment));
    refuseNone(leased);
  }
  const plan = planAttachment(config, attachment, leased);
  const bridge = raiseBridge(host, plan.bridge);
  const port = addPair(host, bridge, plan.port, {
    name: plan.inside.name,
    netns: container.netns,
    ...(plan.inside.mac !== undefined && { mac: plan.inside.mac }),
  });
  undo(() => removePort(host, plan.port.name));
  if (filter) {
    undo(() => dropOwned(config, (owner) => owner === plan.port.note));
    if (plan.masquerade.length > 0) {
      putElements(filter, MASQUERADE, plan.masquerade);
    }
  }
  const extra = openWay(host, bridge, plan);
  const inside = await configureInside(container, plan.inside, (link) => {
    if (!filter || !plan.guardsMac) return;
    const { name, note } = plan.port;
    putElements(filter, MAC_GUARD, guardElements(name, link.mac!, note));
  });
  if (plan.inside.up) await untilOperational(host, port);
  const result = resultOf(plan, [
    tell(findLink(host, bridge.name) ?? bridge),
    tell(port),
    { ...tell(inside), sandbox: container.netns.path },
    ...extra.map(tell),
  ]);
  made.move();
  return result;
}

/**
 * The host's own part: addresses on the bridge, or on an interface of its own
 * in the VLAN, which is returned; and passing packets on.
 */
function openWay(
  host: NetlinkSocket,
  bridge: Link,
  { bridge: { gateways, forceAddress, forwards }, vlanGateway }: AttachPlan,
): Link[] {
  const extra = vlanGateway
    ? [raiseVlanGateway(host, bridge, vlanGateway)]
    : [];
  ensureAddresses(host, extra[0] ?? bridge, gateways, forceAddress);
  for (const family of forwards) {
    try {
      switchOn(family, kernelSysctls);
    } catch (error) {
      if (!isReadOnly(error)) throw error;
      throw new CniError(
        CNI_CODE.INTERNAL,
        `cannot turn on IPv${family} forwarding, which isGateway needs`,
        "/proc/sys cannot be written here; turn it on on the host",
      );
    }
  }
  return extra;
}

/** One that was cut short, whose port is not up yet, is made anew. */
function raiseVlanGateway(
  host: NetlinkSocket,
  bridge: Link,
  { name, port }: NonNullable<AttachPlan["vlanGateway"]>,
): Link {
  const before = findLink(host, port.name);
  if (before && !before.up) removePort(host, port.name);
  if (!findLink(host, name)) addPair(host, bridge, port, { name });
  host.request(setLink(name, { up: true }));
  return findLink(host, name)!;
}

/**
 * Waits until the port takes frames: the kernel tells the bridge of the other
 * end a little after that is up.
 */
async function untilOperational(
  host: NetlinkSocket,
  { index, name }: Link,
): Promise<void> {
  const [IFLA_OPERSTATE, IF_OPER_UP] = [16, 6]; // from linux/if_link.h, if.h
  const PATIENCE = 2500;
  for (
    let waited = 0, step = 1;;
    waited += step, step = Math.min(50, 2 * step)
  ) {
    const [answer] = host.request(getLink(index));
    const { attrs } = decodePayload(answer!, 16);
    if (attrs.u8(IFLA_OPERSTATE) === IF_OPER_UP) return;
    if (waited > PATIENCE) {
      throw new CniError(
        CNI_CODE.INTERNAL,
        `the bridge's port ${name} takes no frames after ${PATIENCE} ms`,
      );
    }
    await sleep(step);
  }
}

function refuseNone({ ips }: CniResult): void {
  if (ips.length > 0) return;
  throw new CniError(CNI_CODE.INTERNAL, "the IPAM plugin gave no address");
}

function tell({ name, mac }: Link): CniInterface {
  return { name, ...(mac !== undefined && { mac }) };
}

/** What made the undoing necessary is what is told. */
async function quietly(action: () => Promise<void> | void): Promise<void> {
  try {
    await action();
  } catch {
    // The runtime calls DEL after an ADD that failed.
  }
}
