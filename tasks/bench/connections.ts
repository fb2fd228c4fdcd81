/**
 * Connections a second to published ports, whatever their number.
 *
 * @module
 */
import { addressBytes, parseAddress } from "../../net/address.ts";
import { arrives, listen, reach } from "../../net/nftables/testing_sockets.ts";
import { inNetns } from "../../net/netns.ts";
import type { PublishedPort } from "../../net/nftables/description.ts";
import { publishPorts, withdrawPorts } from "../../net/publish.ts";
import type { Fd } from "../../sys/fd.ts";
import {
  encodeSocketAddress,
  openInet,
  type SocketAddress,
} from "../../sys/inet.ts";
import { syscall } from "../../sys/syscall.ts";
import { outputIn } from "./commands.ts";
import { interleave, quantile, table, type Trial } from "./measure.ts";
import { HOST, type Path } from "./path.ts";

/**
 * How often each is measured, how often each time, and over how many
 * connections: few, so that now and then no other process gets in between. The
 * best of some is what counts each time.
 */
const ROUNDS = 20, TIMES = 10, CONNECTIONS = 50;

/** How many ports are many. */
const MANY = 1000;

/** The first of the host's ports, and the container's. */
const FIRST = 20_000, PORT = 80;

const SOCK_CLOEXEC = 0o2000000;

/** Measures both, in turns, and returns a table. */
export async function measureConnections(
  rkl: Path,
  hand: Path,
): Promise<string> {
  using ours = listen(rkl.server, "tcp", PORT);
  using theirs = listen(hand.server, "tcp", PORT);
  const rates = await interleave({
    "rkl, 1 port": publishing(rkl, 1, ours),
    "rkl, 1,000 ports": publishing(rkl, MANY, ours),
    "by hand, 1 rule": ruling(hand, 1, theirs),
    "by hand, 1,000 rules": ruling(hand, MANY, theirs),
  }, ROUNDS);
  const rows = Object.entries(rates).map(([name, values], i, all) => {
    const median = quantile(values, 0.5);
    const ofOne = quantile(all[i - i % 2]![1], 0.5);
    return [
      name,
      median.toFixed(0),
      quantile(values, 0.1).toFixed(0),
      quantile(values, 0.9).toFixed(0),
      (median / ofOne).toFixed(2),
      i === 1 ? "0.95" : "",
    ];
  });
  return "Connections a second from another host to published ports, each " +
    `opened, accepted and closed, ${CONNECTIONS} of them spread over all ` +
    `ports; the best of ${TIMES} in each of ${ROUNDS} rounds\n\n` +
    table(["", "per s", "10 %", "90 %", "of 1", "at least"], rows);
}

/** Published by rkl's map for as long as it is measured. */
function publishing(path: Path, count: number, listener: Fd): Trial {
  const ports = Array.from({ length: count }, (_, i): PublishedPort => ({
    owner: "bench",
    protocol: "tcp",
    hostPort: FIRST + i,
    address: parseAddress(path.address),
    port: PORT,
  }));
  return () => {
    inNetns(path.host, () => publishPorts(path.bridge, ports));
    try {
      return Promise.resolve(rate(path, listener, count));
    } finally {
      inNetns(path.host, () => withdrawPorts(ports));
    }
  };
}

/** A rule for each port, as many firewalls have it. */
function ruling(path: Path, count: number, listener: Fd): Trial {
  const rules = Array.from(
    { length: count },
    (_, i) =>
      `add rule ip many prerouting tcp dport ${FIRST + i} ` +
      `dnat to ${path.address}:${PORT}`,
  );
  const chain = "{ type nat hook prerouting priority dstnat; }";
  return async () => {
    await outputIn(
      path.host,
      "nft",
      ["add table ip many", `add chain ip many prerouting ${chain}`, ...rules]
        .join("; "),
    );
    try {
      return rate(path, listener, count);
    } finally {
      await outputIn(path.host, "nft", "delete table ip many");
    }
  };
}

/** Connections a second to `count` ports. */
function rate({ outside }: Path, listener: Fd, count: number): number {
  const last = { protocol: "tcp", to: HOST, port: FIRST + count - 1 } as const;
  if (reach(outside, listener, { ...last, patience: 1000 }) === undefined) {
    throw new Error(`Cannot measure: ${HOST}:${last.port} leads nowhere`);
  }
  const address = addressBytes(parseAddress(HOST));
  const rates = Array.from({ length: TIMES }, () =>
    inNetns(outside, () => {
      const start = performance.now();
      for (let i = 0; i < CONNECTIONS; i++) {
        const port = FIRST + Math.floor(i * count / CONNECTIONS);
        connectOnce(listener, { address, port });
      }
      return CONNECTIONS / (performance.now() - start) * 1000;
    }));
  return Math.max(...rates);
}

function connectOnce(listener: Fd, to: SocketAddress): void {
  using client = openInet("tcp", to);
  endAtOnce(client);
  const bytes = encodeSocketAddress(to);
  syscall("connect", client.number, bytes, bytes.length);
  arrives(listener, 1000);
  const server = syscall(
    "accept4",
    listener.number,
    null,
    null,
    SOCK_CLOEXEC,
  );
  syscall("close", server);
}

/** No port is to stay occupied after its connection (TIME_WAIT). */
function endAtOnce({ number }: Fd): void {
  const [SOL_SOCKET, SO_LINGER] = [1, 13];
  // struct linger { int l_onoff; int l_linger; }
  const linger = new Uint8Array(Int32Array.of(1, 0).buffer);
  syscall("setsockopt", number, SOL_SOCKET, SO_LINGER, linger, linger.length);
}
