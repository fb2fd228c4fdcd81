/**
 * Bridges and their ports, as `ip link … type bridge` and `… type
 * bridge_slave` change them.
 *
 * @module
 */
import { concat, nest, str } from "./attribute.ts";
import {
  type BridgeOptions,
  encodeBridge,
  encodePort,
  type PortOptions,
} from "./bridge_options.ts";
import {
  addLink,
  encodeRef,
  IFLA,
  IFLA_INFO,
  linkHeader,
  type LinkRef,
  type NewLink,
} from "./link.ts";
import { NLM_F, type Request } from "./message.ts";
import { RTM } from "./rtm.ts";

/**
 * `ip link add NAME type bridge`. Give it a MAC: without one, it changes with
 * the ports.
 */
export function addBridge(
  link: NewLink,
  options: BridgeOptions = {},
): Request {
  const settled = { stp: false, ...options };
  const what = `add the bridge ${link.name}`;
  return addLink(what, link, "bridge", encodeBridge(settled));
}

/** `ip link set LINK type bridge stp_state … vlan_filtering …` */
export function setBridge(link: LinkRef, options: BridgeOptions): Request {
  return setInfo(
    `change the bridge ${link}`,
    link,
    str(IFLA_INFO.KIND, "bridge"),
    nest(IFLA_INFO.DATA, encodeBridge(options)),
  );
}

/** `ip link set LINK type bridge_slave hairpin … isolated …` */
export function setPort(link: LinkRef, options: PortOptions): Request {
  return setInfo(
    `change the bridge port ${link}`,
    link,
    str(IFLA_INFO.SLAVE_KIND, "bridge"),
    nest(IFLA_INFO.SLAVE_DATA, encodePort(options)),
  );
}

function setInfo(
  what: string,
  link: LinkRef,
  ...info: Uint8Array[]
): Request {
  return {
    what,
    type: RTM.NEWLINK, // SETLINK does not read LINKINFO
    flags: NLM_F.ACK,
    body: concat(
      linkHeader(link),
      encodeRef(link),
      nest(IFLA.LINKINFO, ...info),
    ),
  };
}
