/**
 * Passing on datagrams of UDP.
 *
 * @module
 */
import { EPOLL } from "../../sys/epoll.ts";
import { SyscallError } from "../../sys/errors.ts";
import type { Fd } from "../../sys/fd.ts";
import { portOf, SOCKADDR_SIZE, type SocketAddress } from "../../sys/inet.ts";
import { connectTo, listenAt, receive, send } from "../../sys/inet_socket.ts";
import { Watch } from "../../sys/watch.ts";
import { addressBytes, parseAddress } from "../address.ts";
import type { Relay, RelayTarget } from "./relay.ts";

/** A client's flow ends when nothing has come or gone for so long, in ms. */
const IDLE = 60_000;
/** So many clients at once; one more takes the place of the longest silent. */
const MOST = 512;
/** How many datagrams are passed on before others get their turn. */
const MOST_AT_ONCE = 64;

const LARGEST = 64 * 1024;

/** Receives datagrams on a port of ::1 and has a socket for each client. */
export function relayDatagrams({ address, port }: RelayTarget): Relay {
  const loopback = { address: addressBytes(parseAddress("::1")), port: 0 };
  const socket = listenAt(loopback, "udp");
  const flows = new Map<string, Flow>();
  const target = { address: addressBytes(address), port };
  const watch = new Watch(socket.number);
  const buffer = new Uint8Array(LARGEST);
  const sockaddr = new Uint8Array(SOCKADDR_SIZE);
  let open = true;

  async function serve(): Promise<void> {
    while (await watch.ready(EPOLL.IN) && open) {
      for (let i = 0; i < MOST_AT_ONCE; i++) {
        const count = receive(socket.number, buffer, sockaddr);
        if (count < 0) break;
        flowOf(sockaddr.slice())?.send(buffer.subarray(0, count));
      }
    }
  }

  /** The last used flow is the last of the map. */
  function flowOf(client: Uint8Array): Flow | undefined {
    const key = client.toHex();
    const flow = flows.get(key) ?? begin(client, key);
    if (!flow) return undefined;
    flows.delete(key);
    flows.set(key, flow);
    if (flows.size > MOST) flows.values().next().value![Symbol.dispose]();
    return flow;
  }
  function begin(client: Uint8Array, key: string): Flow | undefined {
    const way = tryConnect(target);
    return way && new Flow(way, (bytes) => {
      send(socket.number, bytes, client);
    }, () => flows.delete(key));
  }

  serve();
  return {
    port: portOf(socket),
    [Symbol.dispose]() {
      open = false;
      watch[Symbol.dispose]();
      socket[Symbol.dispose]();
      for (const flow of [...flows.values()]) flow[Symbol.dispose]();
    },
  };
}

/** Undefined where no route leads there, or no descriptor is left: it is lost. */
function tryConnect(target: SocketAddress): Fd | undefined {
  try {
    return connectTo(target, "udp");
  } catch (error) {
    if (error instanceof SyscallError) return undefined;
    throw error;
  }
}

/** What passes between one client and the target. */
class Flow implements Disposable {
  readonly #socket: Fd;
  readonly #watch: Watch;
  readonly #ended: () => void;
  #until = 0;
  #open = true;

  constructor(
    socket: Fd,
    answer: (bytes: Uint8Array) => void,
    ended: () => void,
  ) {
    this.#socket = socket;
    this.#watch = new Watch(socket.number);
    this.#ended = ended;
    this.#answer(answer);
  }

  send(bytes: Uint8Array): void {
    this.#until = performance.now() + IDLE;
    send(this.#socket.number, bytes);
  }

  async #answer(answer: (bytes: Uint8Array) => void): Promise<void> {
    const buffer = new Uint8Array(LARGEST);
    this.#until = performance.now() + IDLE;
    for (;;) {
      const came = await this.#watch.ready(EPOLL.IN, this.#until);
      if (!came && performance.now() >= this.#until) break;
      if (!came || !this.#open) return; // it was disposed of
      for (let i = 0; i < MOST_AT_ONCE; i++) {
        const count = receive(this.#socket.number, buffer);
        if (count < 0) break;
        this.#until = performance.now() + IDLE;
        answer(buffer.subarray(0, count));
      }
    }
    this[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.#open = false;
    this.#ended();
    this.#watch[Symbol.dispose]();
    this.#socket[Symbol.dispose]();
  }
}
