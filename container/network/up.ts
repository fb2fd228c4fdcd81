/**
 * Bringing up the networks of a container, where they are not up.
 *
 * @module
 */
import { guard } from "../../net/guard.ts";
import { NetlinkError } from "../../net/netlink/errors.ts";
import { NetlinkSocket } from "../../net/netlink/socket.ts";
import {
  raiseNetwork,
  restNetwork,
  useNetwork,
} from "../../net/network_making.ts";
import type { Store } from "../../runtime/store.ts";
import type { Attachment } from "./attachment.ts";
import type { ContainerId } from "../id.ts";
import { type Place, placeOf } from "./network.ts";
import { type Site, tryTakeSite } from "./site.ts";

/**
 * Finds a container's place, with its networks brought up and guarded.
 *
 * @throws as `takePlace()`
 */
export function raisePlace(
  store: Store,
  container: ContainerId,
  attachments: readonly Attachment[],
): Place {
  using socket = new NetlinkSocket("ROUTE");
  const raised = attachments.map((attachment) => {
    // Before the bridge: nobody removes a network with a lease.
    const site = useSite(store, container, attachment);
    // Bringing it up may give the default network another interface.
    const { network: now, ...rest } = raiseNetwork(store, socket, site.network);
    return { site: { ...site, network: now }, ...rest };
  });
  if (raised.length > 0) guard(raised.map(({ site }) => site.network));
  return placeOf(container, raised);
}

/** A place on a network; one that is removed meanwhile is looked for again. */
function useSite(
  store: Store,
  container: ContainerId,
  attachment: Attachment,
): Site {
  for (;;) {
    const network = useNetwork(store, attachment.name);
    const site = tryTakeSite(store, container, network, attachment);
    if (site) return site;
  }
}

/** Takes networks down, those that nobody but the container uses. */
export function restNetworks(
  store: Store,
  container: ContainerId,
  attachments: readonly Pick<Attachment, "name">[],
): void {
  for (const { name } of attachments) {
    try {
      restNetwork(store, name, container);
    } catch (error) {
      // What kept it from coming up, and is told, keeps it from going too.
      if (!(error instanceof NetlinkError)) throw error;
    }
  }
}
