/**
 * Hearing of changes that others make: the kernel's multicast groups.
 *
 * @module
 */
import { EPOLL, waitFor } from "../../sys/epoll.ts";
import type { Fd } from "../../sys/fd.ts";
import {
  growReceiveBuffer,
  NETLINK,
  NETLINK_OPTION,
  openNetlink,
  setNetlinkOption,
} from "../../sys/netlink.ts";
import { decodeMessages, type Message } from "./message.ts";
import { receiver } from "./socket.ts";

/** Groups of the ROUTE family, from linux/rtnetlink.h. */
export const RTNLGRP = {
  LINK: 1,
  NEIGH: 3,
  IPV4_IFADDR: 5,
  IPV4_ROUTE: 7,
  IPV6_IFADDR: 9,
  IPV6_ROUTE: 11,
} as const;

/** Groups of the NETFILTER family, from linux/netfilter/nfnetlink.h. */
export const NFNLGRP = { NFTABLES: 7 } as const;

/** How many bytes of news may wait: a thousand or two. */
const BUFFER = 2 << 20;

const MOST_AT_ONCE = 256;

/** What was heard in one go. */
export interface News {
  /** In the order in which the kernel told them. */
  readonly messages: readonly Message[];
  /**
   * Whether some before these were lost because more came than there was room
   * for: what is known is out of date, and has to be asked for again.
   */
  readonly lost: boolean;
}

/** Listens from when it is made, so that nothing after that is missed. */
export class Subscription implements Disposable {
  readonly #fd: Fd;
  readonly #receive: ReturnType<typeof receiver>;
  #stopWaiting = () => {};
  #open = true;

  /**
   * Joins groups in the network namespace the calling thread is in.
   *
   * @throws {SyscallError}
   */
  constructor(family: keyof typeof NETLINK, groups: readonly number[]) {
    const fd = openNetlink(NETLINK[family]);
    this.#fd = fd;
    this.#receive = receiver(fd);
    try {
      growReceiveBuffer(fd, BUFFER); // else news are lost sooner
      for (const group of groups) {
        setNetlinkOption(fd, NETLINK_OPTION.ADD_MEMBERSHIP, group);
      }
    } catch (error) {
      fd[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Waits for news; undefined once the subscription is closed. One call at a
   * time.
   *
   * @throws {MalformedMessageError}
   */
  async next(): Promise<News | undefined> {
    if (!this.#open) return undefined;
    // A promise for each wait: one that lasts would remember all of them.
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const wait = waitFor(this.#fd.number, EPOLL.IN);
    wait.events.then(() => resolve(true));
    this.#stopWaiting = () => {
      wait.cancel();
      resolve(false);
    };
    return await promise ? this.#read() : undefined;
  }

  #read(): News {
    const messages: Message[] = [];
    let lost = false;
    // Bounded, so that a flood of them does not keep the caller waiting; but
    // after a loss the kernel drops all, and says no more, until it is empty.
    for (let datagrams = 0; lost || datagrams < MOST_AT_ONCE; datagrams++) {
      const received = this.#receive();
      if (!received) break;
      if ("overrun" in received) lost = true;
      else messages.push(...decodeMessages(received));
    }
    return { messages, lost };
  }

  /** Leaves the groups, and ends a wait. */
  [Symbol.dispose](): void {
    this.#open = false;
    this.#stopWaiting();
    this.#fd[Symbol.dispose]();
  }
}
