/**
 * DEL and GC: what ADD made is taken away, whole or half, once or again.
 *
 * @module
 */
import { decodeLink, listLinks } from "../../netlink/link.ts";
import { NetlinkSocket } from "../../netlink/socket.ts";
import { CNI_CODE, CniError } from "../error.ts";
import type { BridgeConfig } from "./config.ts";
import type { Attachment } from "./environment.ts";
import { dropOwned } from "./filter.ts";
import type { Ipam } from "./ipam.ts";
import type { Container } from "./netns.ts";
import { networkNote, ownerNote, portName } from "./owner.ts";
import { removePort } from "./port.ts";

/**
 * Removes an attachment. Its addresses are given back last, so that nobody has
 * one of them while something still belongs to this one.
 */
export async function del(
  config: BridgeConfig,
  attachment: Attachment,
  container: Container | undefined,
  ipam: Ipam | undefined,
): Promise<void> {
  using host = new NetlinkSocket("ROUTE");
  removePort(host, portName(config.name, attachment));
  // The pair is gone by now, unless another plugin made it.
  if (container) removePort(container.socket, attachment.ifname);
  const note = ownerNote(config.name, attachment);
  dropOwned(config, (owner) => owner === note);
  await ipam?.del(attachment);
}

/**
 * Removes what belongs to attachments of the network that are not valid any
 * more. Goes on after a failure, and tells all of them in the end.
 */
export async function gc(
  config: BridgeConfig,
  ipam: Ipam | undefined,
): Promise<void> {
  const { name, valid } = config;
  const ofNetwork = networkNote(name);
  const notes = new Set(valid.map((one) => ownerNote(name, one)));
  const isGone = (owner: string) =>
    owner.startsWith(ofNetwork) && !notes.has(owner);
  const failures: Error[] = [];
  const steps = [
    () => removePorts(isGone),
    () => dropOwned(config, isGone),
    () => ipam?.gc(valid),
  ];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      failures.push(error);
    }
  }
  const [first, ...others] = failures;
  if (first && others.length === 0) throw first;
  if (!first) return;
  throw new CniError(
    CNI_CODE.INTERNAL,
    `cannot clean up network ${name}`,
    failures.map(({ message }) => message).join("; "),
  );
}

function removePorts(isGone: (owner: string) => boolean): void {
  using host = new NetlinkSocket("ROUTE");
  for (const message of host.dump(listLinks({ kind: "veth" }))) {
    const { name, alias } = decodeLink(message);
    if (alias !== undefined && isGone(alias)) removePort(host, name);
  }
}
