/**
 * The daemon's duty towards networks: rkl's table in the packet filter is
 * whole, whatever others do to it; what containers held that have ended is
 * given back.
 *
 * @module
 */
import type { Duty, DutyContext, StartDuty } from "../../daemon/duty.ts";
import { type Guarded, portOf } from "../../net/attach.ts";
import { restore } from "../../net/guard.ts";
import { NFNLGRP, Subscription } from "../../net/netlink/subscription.ts";
import { type Network, rulesOf } from "../../net/network.ts";
import type {
  Description,
  PublishedPort,
} from "../../net/nftables/description.ts";
import { PORT_RULES } from "../../net/port_rules.ts";
import { withdrawPorts } from "../../net/publish.ts";
import { concernsRuleset } from "../../net/nftables/watch.ts";
import type { Store } from "../../runtime/store.ts";
import { ifSupported } from "../../sys/netlink.ts";
import { isAlive } from "../../sys/process.ts";
import { sleep } from "../../sys/timer.ts";
import { HeldNetns } from "./held_netns.ts";
import { Leaving, lookLater } from "./leaving.ts";
import type { ContainerId } from "../id.ts";
import type { Census, Counter, LiveContainer } from "../live.ts";
import { notedPorts } from "./publication.ts";
import { tagOf, toRule } from "./ports.ts";
import { Relays, staleRelays } from "./relays.ts";
import { findSites, reclaimSites, type Site } from "./site.ts";
import { withdrawEnded } from "./ending.ts";
import { hasPorts, isOnCni } from "../store.ts";

/**
 * Milliseconds between news of the table and a look at it. Who changes it does
 * so in several steps, rkl itself too.
 */
const PAUSE = 100;

/** How often rules are put back one after the other before pauses grow. */
const FIGHTS = 10;
const LONGEST_PAUSE = 30_000;

/** The pause after so many times in a row in which rules had to be put back. */
function pauseAfter(times: number): number {
  return Math.min(LONGEST_PAUSE, PAUSE * 2 ** Math.max(0, times - FIGHTS));
}

/** The duty towards the containers that are counted. */
export function networkDuty(counter: Counter): StartDuty {
  return (context) => new NetworkDuty(context, counter);
}

class NetworkDuty implements Duty {
  readonly name = "network";
  readonly #context: DutyContext;
  readonly #counter: Counter;
  readonly #news: Subscription | undefined;
  readonly #held = new HeldNetns();
  readonly #leaving: Leaving;
  readonly #relays = new Relays();
  #restored = 0;

  constructor(context: DutyContext, counter: Counter) {
    this.#context = context;
    this.#counter = counter;
    this.#leaving = new Leaving(context);
    counter.listen(context.changed);
    this.#news = ifSupported(() =>
      new Subscription("NETFILTER", [NFNLGRP.NFTABLES])
    );
    this.#heed().catch((error) =>
      context.log(`hears no more: ${error.message}`)
    );
  }

  async reconcile(): Promise<string | undefined> {
    const { store } = this.#context;
    const census = await this.#counter.count();
    const { live, others } = census;
    const onCni = others.filter((id) => isOnCni(store, id));
    const rest = new Set(others).difference(new Set(onCni));
    this.#held.hold(store, live);
    this.#held.keepOnly([...live.map(({ container: { id } }) => id), ...onCni]);
    this.#leaving.keepOnly(onCni);
    for (const id of onCni) this.#leaving.begin(id, this.#held.get(id));
    const failure = await this.#release(rest);
    const restored = await this.#restore(census);
    if (restored) {
      this.#context.log("put back rkl's rules in the packet filter");
    }
    this.#restored = restored ? this.#restored + 1 : 0;
    if (failure) throw failure;
    const { length } = live;
    if (length === 0) {
      return this.#leaving.isAtWork ? "plugins of CNI" : undefined;
    }
    return `${length} container${length === 1 ? "" : "s"} on networks`;
  }

  /** Puts back what others took out; returns whether there was anything. */
  async #restore({ live, networks }: Census): Promise<boolean> {
    const { store } = this.#context;
    const guarded = PORT_RULES.guardEndpoints(guardedBy(store, live, networks));
    const { changed, failure } = await this.#relays.keep(
      portsOfAll(store, live),
    );
    let wanted: Description | undefined;
    const restored = restore(() =>
      wanted = describe(store, live, networks, this.#relays)
    );
    withdrawPorts(staleRelays(wanted?.ports ?? [], tagOf(store)));
    if (failure) throw failure;
    return guarded || (restored && !changed);
  }

  /**
   * Gives back what those hold who have ended or are no more; returns a failure,
   * which nobody else is to suffer from.
   */
  async #release(ids: Iterable<ContainerId>): Promise<unknown> {
    const { store, log: warn } = this.#context;
    let [all, failure]: [boolean, unknown] = [true, undefined];
    for (const id of ids) {
      try {
        all = await withdrawEnded(store, id, { warn }) && all;
      } catch (error) {
        failure ??= error;
      }
    }
    if (!all) void lookLater(this.#context);
    reclaimSites(store);
    return failure;
  }

  /**
   * Has the table looked at when it changed, or may have. What is put back is
   * news too, after which nothing is missing, and so it ends.
   */
  async #heed(): Promise<void> {
    for (;;) {
      const news = await this.#news?.next();
      if (!news) return;
      if (!news.lost && !news.messages.some(concernsRuleset)) continue;
      await sleep(pauseAfter(this.#restored));
      this.#context.changed();
    }
  }

  [Symbol.dispose](): void {
    this.#held[Symbol.dispose]();
    this.#relays[Symbol.dispose]();
    this.#news?.[Symbol.dispose]();
  }
}

/** What the packet filter has to say for those who live. */
function describe(
  store: Store,
  live: readonly LiveContainer[],
  networks: readonly Network[],
  relays: Relays,
): Description {
  return {
    networks: networks.map(rulesOf),
    ports: relays.lead(portsOfAll(store, live)),
  };
}

function portsOfAll(
  store: Store,
  live: readonly LiveContainer[],
): PublishedPort[] {
  return live.flatMap((one) => portsOf(store, one));
}

/**
 * The ports that lead to a container: none once it has ended, which may be
 * since it was counted, and none before it is started.
 */
function portsOf(
  store: Store,
  { container: { id }, init }: LiveContainer,
): PublishedPort[] {
  if (!hasPorts(store, id) || !isAlive(init)) return [];
  const { open, ports } = notedPorts(store, id);
  return open ? ports.map((port) => toRule(store, id, port)) : [];
}

/** Where the kernel is to look at what containers send. */
function guardedBy(
  store: Store,
  live: readonly LiveContainer[],
  all: readonly Network[],
): Guarded[] {
  const checking = new Set(
    all.filter(({ spoofCheck }) => spoofCheck).map(({ name }) => name),
  );
  return live.flatMap(({ container: { id }, networks }) => {
    const some = networks.filter((network) => checking.has(network.name));
    return findSites(store, id, some)
      .filter(({ addresses }) => addresses.length > 0)
      .map((site) => guardedAt(id, site));
  });
}

function guardedAt(
  container: string,
  { network: { id, spoofCheck }, attachment: { mac }, addresses }: Site,
): Guarded {
  return {
    port: portOf(container, id),
    addresses,
    ...(spoofCheck && { spoofCheck }),
    ...(mac !== undefined && { mac }),
  };
}
