/**
 * Notes that say whose something in the kernel is, so that it is found again
 * without anything being remembered: an attachment of a network.
 *
 * @module
 */
import { fnv1a } from "../../../sys/hash.ts";
import type { Attachment } from "./environment.ts";

/** Of what nf_tables takes as a comment, 127 bytes. */
const LONGEST = { network: 36, containerId: 68 } as const;

/** Says whose it is: the network, the interface, the container. */
export function ownerNote(network: string, attachment: Attachment): string {
  const { containerId, ifname } = attachment;
  return `${networkNote(network)}${ifname} ` +
    shorten(containerId, LONGEST.containerId);
}

/** What the notes of all attachments of a network begin with. */
export function networkNote(network: string): string {
  return `cni ${shorten(network, LONGEST.network)} `;
}

/**
 * The name of an attachment's port on the bridge. It follows from the
 * attachment, so that what an interrupted ADD left is found.
 */
export function portName(network: string, attachment: Attachment): string {
  const { containerId, ifname } = attachment;
  const text = `${network}\0${containerId}\0${ifname}`;
  // 44 bits: with a thousand containers two alike are one in 30 million.
  return `veth${fnv1a(text)}${fnv1a(`\0${text}`).slice(0, 3)}`;
}

/** Names and ids are of ASCII letters: a byte each. */
function shorten(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 9)}~${fnv1a(text)}`;
}
