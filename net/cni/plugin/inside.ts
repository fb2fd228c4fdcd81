/**
 * The container's end of the pair: addresses, routes, and the settings that
 * make both count at once.
 *
 * @module
 */
import { sleep } from "../../../sys/timer.ts";
import {
  addAddress,
  decodeAddress,
  listAddresses,
} from "../../netlink/address.ts";
import { type Link, setLink } from "../../netlink/link.ts";
import { addRoute } from "../../netlink/route.ts";
import { inNetns } from "../../netns.ts";
import { formatPrefix } from "../../prefix.ts";
import { CNI_CODE, CniError } from "../error.ts";
import { findLink, readLink } from "../../netlink/find_link.ts";
import { trySysctl } from "./bridge.ts";
import type { Container } from "./netns.ts";
import type { InsidePlan } from "./plan.ts";

/** How long IPv6 may look for others with an address, in milliseconds. */
const PATIENCE = 5000;

/**
 * Makes sure that the container has no interface of the name.
 *
 * @throws {CniError}
 */
export function refuseTaken({ socket, netns }: Container, name: string): void {
  if (!findLink(socket, name)) return;
  throw new CniError(
    CNI_CODE.INVALID_ENVIRONMENT,
    `invalid CNI_IFNAME "${name}"`,
    `${netns.path} has an interface of that name; DEL removes it`,
  );
}

/**
 * Gives the container's end what is planned for it, and brings it up.
 *
 * @param before Told of the link while it is down.
 */
export async function configureInside(
  container: Container,
  plan: InsidePlan,
  before: (link: Link) => void,
): Promise<Link> {
  const { socket, netns } = container;
  const { name, up, addresses, routes, detectsDuplicates } = plan;
  const link = readLink(socket, name);
  before(link);
  if (!up) return link;
  inNetns(netns, () => {
    for (const [setting, value] of settingsOf(plan)) trySysctl(setting, value);
  });
  const detect = { detectDuplicates: detectsDuplicates };
  const { index } = link;
  const come = [
    ...addresses.map((prefix) => addAddress(index, prefix, detect)),
    setLink(index, { up: true }),
  ];
  const go = routes.map((route) => addRoute({ ...route, index }));
  if (!detectsDuplicates) {
    socket.batch([...come, ...go]);
    return link;
  }
  // A route may lead through an address that is not to be used yet.
  socket.batch(come);
  await settle(container, link);
  socket.batch(go);
  return link;
}

/** Settings below /proc/sys/net, in order. */
export function settingsOf(
  { name, addresses, detectsDuplicates }: InsidePlan,
): [string, string][] {
  const six = `ipv6/conf/${name}`;
  const hasSix = addresses.some(({ address }) => address.family === 6);
  return [
    ...(hasSix
      ? [
        ["ipv6/conf/lo/disable_ipv6", "0"],
        [`${six}/disable_ipv6`, "0"],
        // It keeps its addresses when somebody takes it down for a moment.
        [`${six}/keep_addr_on_down`, "1"],
      ] as [string, string][]
      : []),
    ...(detectsDuplicates
      ? [[`${six}/enhanced_dad`, "1"], [`${six}/accept_dad`, "1"]] as [
        string,
        string,
      ][]
      : [[`${six}/accept_dad`, "0"]] as [string, string][]),
    // Neighbours hear of the address when the interface comes up.
    [`ipv4/conf/${name}/arp_notify`, "1"],
  ];
}

/** Waits until IPv6 knows that nobody else has the addresses. */
async function settle({ socket }: Container, link: Link): Promise<void> {
  const STEP = 20;
  for (let waited = 0;; waited += STEP) {
    const addresses = socket.dump(listAddresses({ index: link.index }))
      .map(decodeAddress).filter(({ index }) => index === link.index);
    const taken = addresses.find(({ duplicate }) => duplicate);
    if (taken || waited > PATIENCE) {
      const [first] = addresses.filter(({ tentative }) => tentative);
      const text = formatPrefix((taken ?? first ?? addresses[0]!).prefix);
      throw new CniError(
        CNI_CODE.INTERNAL,
        `cannot use ${text} on ${link.name}`,
        taken
          ? "another host on the network has it"
          : `it was still not settled after ${PATIENCE} ms whether another ` +
            "host has it",
      );
    }
    if (!addresses.some(({ tentative }) => tentative)) return;
    await sleep(STEP);
  }
}
