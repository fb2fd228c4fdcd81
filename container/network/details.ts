/**
 * What is told of containers on networks.
 *
 * @module
 */
import { formatAddress, parseAddress } from "../../net/address.ts";
import { macOf } from "../../net/mac.ts";
import type { Network } from "../../net/network.ts";
import { usersOf } from "../../net/network_store.ts";
import type { Store } from "../../runtime/store.ts";
import type { Attachment } from "./attachment.ts";
import type { ContainerId } from "../id.ts";
import { findSites } from "./site.ts";
import { type Container, tryReadContainer } from "../store.ts";

/** A container on a network, as `inspect` prints it. */
export interface SiteDetails {
  /** Of the container. */
  readonly addresses: readonly string[];
  /** Its Ethernet address. */
  readonly mac?: string;
  /** What the container calls its interface. */
  readonly interface?: string;
  /** Its names there, besides its own. */
  readonly aliases?: readonly string[];
}

/** A network a container is on, as `container inspect` prints it. */
export interface AttachmentDetails extends SiteDetails {
  /** The host's addresses there: its bridge's. */
  readonly gateways: readonly string[];
}

/** The networks of a container, by their names. */
export function networksOf(
  store: Store,
  container: ContainerId,
  attachments: readonly Attachment[],
): Record<string, AttachmentDetails> {
  return Object.fromEntries(
    findSites(store, container, attachments).map((site) => {
      const { network, attachment, addresses } = site;
      const texts = addresses.map(({ address }) => formatAddress(address));
      const gateways = network.subnets.map(({ gateway }) => gateway);
      return [attachment.name, { ...describe(texts, attachment), gateways }];
    }),
  );
}

/** The containers on a network, by their names. */
export function containersOf(
  store: Store,
  network: Network,
): Record<string, SiteDetails> {
  return Object.fromEntries(
    usersOf(store, network).map(({ owner, addresses }) => {
      const container = tryReadContainer(store, owner as ContainerId);
      const attachment = container && findAttachment(container, network);
      return [container?.name ?? owner, describe(addresses, attachment)];
    }),
  );
}

function findAttachment(
  { network: mode }: Container,
  { name }: Network,
): Attachment | undefined {
  if (mode?.kind !== "networks") return undefined;
  return mode.networks.find((attachment) => attachment.name === name);
}

function describe(
  addresses: readonly string[],
  attachment: Attachment | undefined,
): SiteDetails {
  if (!attachment) return { addresses };
  const { aliases, mac = macOfFirst(addresses) } = attachment;
  return {
    addresses,
    ...(mac !== undefined && { mac }),
    interface: attachment.interface,
    aliases,
  };
}

function macOfFirst([first]: readonly string[]): string | undefined {
  return first === undefined ? undefined : macOf(parseAddress(first));
}
