/**
 * The daemon's duty to answer containers that ask for names: those of the
 * containers on their networks, and all others.
 *
 * @module
 */
import type { Duty, DutyContext, StartDuty } from "../../daemon/duty.ts";
import {
  type Address,
  formatAddress,
  parseAddress,
} from "../../net/address.ts";
import type { View } from "../../net/dns/answer.ts";
import { DnsListenError } from "../../net/dns/listen_error.ts";
import { DnsServer } from "../../net/dns/server.ts";
import { gatewaysOf, type Network } from "../../net/network.ts";
import { usersOf } from "../../net/network_store.ts";
import type { Counter, LiveContainer } from "../live.ts";
import { knowNetwork, type KnownNetwork } from "./name_table.ts";

/** The duty towards the containers that are counted. */
export function dnsDuty(counter: Counter): StartDuty {
  return (context) => new DnsDuty(context, counter);
}

class DnsDuty implements Duty {
  readonly name = "dns";
  readonly #context: DutyContext;
  readonly #counter: Counter;
  readonly #server = new DnsServer({
    look: (network, asker) => this.#look(network, asker),
  });
  #known = new Map<string, KnownNetwork>();
  #live: ReadonlyMap<string, LiveContainer> = new Map();

  constructor(context: DutyContext, counter: Counter) {
    this.#context = context;
    this.#counter = counter;
    counter.listen(context.changed);
  }

  async reconcile(): Promise<string | undefined> {
    const { store } = this.#context;
    const { live, networks } = await this.#counter.count();
    this.#known = new Map(
      networks.map((network) => [
        network.name,
        knowNetwork(
          network,
          usersOf(store, network),
          live,
          this.#known.get(network.name),
        ),
      ]),
    );
    this.#live = new Map(live.map((one) => [one.container.id, one]));
    for (const name of this.#server.networks) {
      if (!this.#known.has(name)) this.#server.remove(name);
    }
    const problems = networks.flatMap((network) => this.#listen(network));
    if (problems.length > 0) throw new Error(problems.join("; "));
    const { length } = networks;
    if (length === 0) return undefined;
    return `names on ${length} network${length === 1 ? "" : "s"}`;
  }

  /** Answers on a network, if it does not yet. Returns what stood in the way. */
  #listen(network: Network): string[] {
    const { name, interface: bridge } = network;
    const addresses = gatewaysOf(network).map(({ address }) => address);
    try {
      this.#server.add({ name, bridge, addresses });
      return [];
    } catch (error) {
      if (!(error instanceof DnsListenError)) throw error;
      return [error.message];
    }
  }

  /** Who is on several networks finds the names of all. */
  #look(network: string, asker: Address): View {
    const owner = this.#known.get(network)?.owners.get(formatAddress(asker));
    const one = this.#live.get(owner ?? "");
    const names = one?.networks.map(({ name }) => name) ?? [network];
    const known = names.flatMap((name) => this.#known.get(name) ?? []);
    const servers = one?.container.dnsConfig.nameservers ?? [];
    return {
      zones: known.map(({ zone }) => zone),
      forwards: known.some(({ forwards }) => forwards),
      ...(servers.length > 0 && {
        servers: servers.map((text) => ({ address: parseAddress(text) })),
      }),
    };
  }

  [Symbol.dispose](): void {
    this.#server[Symbol.dispose]();
  }
}
