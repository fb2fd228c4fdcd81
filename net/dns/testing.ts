/**
 * What the tests of DNS share: queries, and a small world of network namespaces
 * to ask them in.
 *
 * @module
 */
import {
  type Answer,
  decode,
  encode,
  type OptAnswer,
  type Packet,
} from "@dnsquery/dns-packet";
import { EPOLL } from "../../sys/epoll.ts";
import type { Fd } from "../../sys/fd.ts";
import { SOCKADDR_SIZE } from "../../sys/inet.ts";
import { connectTo, listenAt, receive, send } from "../../sys/inet_socket.ts";
import { Watch } from "../../sys/watch.ts";
import { type Address, addressBytes, parseAddress } from "../address.ts";
import { attach, portOf } from "../attach.ts";
import { addAddress } from "../netlink/address.ts";
import { addBridge } from "../netlink/bridge.ts";
import { setLink } from "../netlink/link.ts";
import { NetlinkSocket } from "../netlink/socket.ts";
import { inNetns, newNetns } from "../netns.ts";
import { parsePrefix } from "../prefix.ts";
import { MessageStream } from "./message_stream.ts";
import type { NameTable } from "./names.ts";
import { FLAG } from "./query.ts";
import type { Transport } from "../../sys/inet.ts";

/** A query for one kind of record. */
export function query(name: string, type = "A", more: Packet = {}): Uint8Array {
  return encode({
    id: 7,
    type: "query",
    flags: FLAG.RECURSION_DESIRED,
    questions: [{ name, type }],
    ...more,
  });
}

/** An OPT record. */
export function opt(udpPayloadSize: number, ednsVersion = 0): Answer {
  const record: OptAnswer & { udpPayloadSize: number; ednsVersion: number } = {
    type: "OPT",
    name: ".",
    data: [],
    udpPayloadSize,
    ednsVersion,
  };
  return record;
}

/** An answer in short: how it ended, and the data of its records. */
export function told(reply: Uint8Array | undefined): string {
  if (reply === undefined) return "nothing";
  const { rcode, flag_tc, answers = [] } = decode(reply);
  const data = answers.map(({ data }) => String(data));
  return [rcode, ...(flag_tc ? ["TC"] : []), ...data].join(" ");
}

/** What a server might say: one record for the question, and changes to that. */
export function replyTo(message: Uint8Array, more: Packet = {}): Uint8Array {
  const { id = 0, questions = [] } = decode(message);
  const { name = "." } = questions[0] ?? {};
  return encode({
    id,
    type: "response",
    flags: FLAG.RECURSION_AVAILABLE,
    questions,
    answers: [{ name, type: "A", ttl: 60, data: "192.0.2.1" }],
    ...more,
  });
}

/** A server that is played. */
export interface TestServer extends Disposable {
  /** All it was sent. */
  readonly asked: Uint8Array[];
  /** Sends what nobody asked for. */
  send(message: Uint8Array, to: Uint8Array): void;
}

/** A host with two bridges, and a container on each. */
export class DnsLab implements Disposable {
  readonly #stack = new DisposableStack();
  readonly #containers = new Map<string, Fd>();
  /** The host's namespace. */
  readonly host: Fd;

  /** `web` is 10.88.0.2 on rkl0, `far` 10.89.0.2 on rkl1; of IPv6 alike. */
  constructor() {
    this.host = this.#stack.use(this.#netns());
    this.inside(() => {
      using route = new NetlinkSocket("ROUTE");
      route.request(setLink("lo", { up: true }));
    });
    ["web", "far"].forEach((name, i) => this.addNetwork(name, i, 10 + i));
  }

  /** Makes the bridge `rkl0` or `rkl1`, and a container on it. */
  addNetwork(container: string, number: number, index: number): void {
    const [bridge, net] = [`rkl${number}`, 88 + number];
    const netns = this.#stack.use(this.#netns());
    this.#containers.set(container, netns);
    this.inside(() => {
      using route = new NetlinkSocket("ROUTE");
      route.batch([
        addBridge({ name: bridge, index, up: true }),
        addAddress(index, parsePrefix(`10.${net}.0.1/24`)),
        addAddress(index, parsePrefix(`fd00:${net}::1/64`)),
      ]);
      attach(netns, [{
        bridge: index,
        port: portOf(container, `${bridge} ${index}`),
        name: "eth0",
        addresses: [`10.${net}.0.2/24`, `fd00:${net}::2/64`].map(parsePrefix),
        gateways: [`10.${net}.0.1`, `fd00:${net}::1`].map(parseAddress),
      }]);
    });
  }

  /** Does something on the host. */
  readonly inside = <T>(action: () => T): T => inNetns(this.host, action);

  /** Does something in a container. */
  inContainer<T>(name: string, action: () => T): T {
    return inNetns(this.#containers.get(name)!, action);
  }

  /** A namespace for nsenter(1). */
  path(name: string): string {
    return `/proc/${Deno.pid}/fd/${this.#containers.get(name)!.number}`;
  }

  /** Sends a message from a container, and waits for the answer. */
  async ask(
    from: string,
    to: string,
    message: Uint8Array,
    transport: Transport = "udp",
    patience = 20_000,
  ): Promise<Uint8Array | undefined> {
    const until = performance.now() + patience;
    const address = addressBytes(parseAddress(to));
    const connect = () => connectTo({ address, port: 53 }, transport);
    const socket = this.inContainer(from, connect);
    if (transport === "tcp") {
      using stream = new MessageStream(socket, 0xffff);
      if (!await stream.write(message, until)) return undefined;
      return await stream.read(until);
    }
    using _ = socket;
    using watch = new Watch(socket.number);
    send(socket.number, message);
    if (!await watch.ready(EPOLL.IN, until)) return undefined;
    const buffer = new Uint8Array(0xffff);
    const length = receive(socket.number, buffer);
    return length < 0 ? undefined : buffer.slice(0, length);
  }

  /** A server on the host's loopback, which sends what `say` returns. */
  server(
    address: string,
    say: (message: Uint8Array, sender: Uint8Array) => readonly Uint8Array[],
    scope = 0,
  ): TestServer {
    const bytes = addressBytes(parseAddress(address));
    const at = { address: bytes, port: 53, scope };
    const socket = this.inside(() => listenAt(at, "udp"));
    const watch = new Watch(socket.number);
    const asked: Uint8Array[] = [];
    const run = async () => {
      while (await watch.ready(EPOLL.IN)) {
        const buffer = new Uint8Array(4096);
        const sender = new Uint8Array(SOCKADDR_SIZE);
        const length = receive(socket.number, buffer, sender);
        if (length < 0) continue;
        const message = buffer.slice(0, length);
        asked.push(message);
        for (const reply of say(message, sender)) {
          send(socket.number, reply, sender);
        }
      }
    };
    void run();
    return {
      asked,
      send: (message, to) => void send(socket.number, message, to),
      [Symbol.dispose]() {
        watch[Symbol.dispose]();
        socket[Symbol.dispose]();
      },
    };
  }

  /** Nothing of it is left. */
  [Symbol.dispose](): void {
    this.#stack.dispose();
  }

  /** A namespace in which addresses of IPv6 are usable at once. */
  #netns(): Fd {
    const netns = newNetns();
    inNetns(netns, () => {
      for (const name of ["all", "default"]) {
        const path = `/proc/sys/net/ipv6/conf/${name}/accept_dad`;
        Deno.writeTextFileSync(path, "0");
      }
    });
    return netns;
  }
}

/** Waits until something is so; a test that waits in vain is slow to fail. */
export async function until(isSo: () => boolean): Promise<void> {
  const end = performance.now() + 20_000;
  while (!isSo()) {
    if (performance.now() > end) throw new Error("waited in vain");
    await new Promise((done) => setTimeout(done, 5));
  }
}

/** A table of names with their addresses as text. */
export function table(
  entries: Readonly<Record<string, readonly string[]>>,
): NameTable {
  const byName = new Map<string, Address[]>();
  const names = new Map<string, string[]>();
  for (const [name, texts] of Object.entries(entries)) {
    byName.set(name.toLowerCase(), addresses(...texts));
    for (const text of texts) {
      names.set(text, [...names.get(text) ?? [], name]);
    }
  }
  return { addresses: byName, names };
}

/** Addresses by their texts. */
export function addresses(...texts: string[]): Address[] {
  return texts.map(parseAddress);
}
