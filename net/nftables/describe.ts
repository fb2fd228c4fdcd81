/**
 * What rkl's table says, read from its elements: the way back from them to
 * what they were made from.
 *
 * @module
 */
import type { Address } from "../address.ts";
import { hostPrefix, type Prefix } from "../prefix.ts";
import { isAddress, type PROTOCOLS, type Value } from "./datatype.ts";
import {
  type Description,
  type NetworkRules,
  type PublishedPort,
  samePort,
} from "./description.ts";
import type { Element } from "./element.ts";

/** Tells the elements of a set or a map by its name. */
export type ElementsOf = (set: string) => readonly Element[];

/** The networks, by name, and the ports that these elements stand for. */
export function describe(elementsOf: ElementsOf): Description {
  return {
    networks: describeNetworks(elementsOf),
    ports: [4, 6].flatMap((family) => [
      ...elementsOf(`any${family}`).map((one) => describePort(one)),
      ...elementsOf(`bound${family}`)
        .map((one) => describePort(one, one.key[1])),
      ...describeLimited(elementsOf(`limited${family}`)),
    ]),
  };
}

function describeNetworks(elementsOf: ElementsOf): NetworkRules[] {
  const bridgesIn = (set: string) =>
    new Set(elementsOf(set).map(({ key }) => key[0] as string));
  const internal = bridgesIn("internal");
  const isolated = bridgesIn("isolated");
  const routed = bridgesIn("routed");
  const loops = bridgesIn("loops");
  const neighbours = ["neighbours4", "neighbours6"].flatMap(elementsOf);
  return [...bridgesIn("bridges")].sort().map((bridge) => ({
    bridge,
    prefixes: neighbours.filter(({ comment }) => comment === bridge)
      .map(({ key }) => prefixOf(key[0]!)),
    ...(internal.has(bridge) && { internal: true }),
    ...(isolated.has(bridge) && { isolate: true }),
    ...(routed.has(bridge) && { masquerade: false }),
    ...(!loops.has(bridge) && { apart: true }),
  }));
}

/** One port has an element for each of its sources. */
function describeLimited(elements: readonly Element[]): PublishedPort[] {
  const ports: (PublishedPort & { from: Prefix[] })[] = [];
  for (const element of elements) {
    const [, source, target] = element.key;
    const port = describePort(element, target);
    const known = ports.find((one) => samePort(one, port));
    if (known) known.from.push(prefixOf(source!));
    else ports.push({ ...port, from: [prefixOf(source!)] });
  }
  return ports;
}

/** A prefix instead of the host's address stands for all of them. */
function describePort(element: Element, host?: Value): PublishedPort {
  const { key, value, comment = "" } = element;
  return {
    owner: comment,
    protocol: key[0] as keyof typeof PROTOCOLS,
    ...(host !== undefined && isAddress(host) && { hostAddress: host }),
    hostPort: key.at(-1) as number,
    address: value![0] as Address,
    port: value![1] as number,
  };
}

function prefixOf(value: Value): Prefix {
  return isAddress(value) ? hostPrefix(value) : value as Prefix;
}
