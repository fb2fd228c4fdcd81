/**
 * Bytes a second to a server in a container, by iperf3.
 *
 * @module
 */
import { inNetns, type NetnsRef } from "../../net/netns.ts";
import { findPortHolder } from "../../net/port_holder.ts";
import { outputIn } from "./commands.ts";
import { interleave, quantile, table } from "./measure.ts";
import { HOST, type Path, PORT } from "./path.ts";

/** How often each is measured, and for how many seconds. */
const ROUNDS = 7, SECONDS = 1;

/**
 * Measures rkl's path and the other, in turns, and returns a table. The servers
 * go with the stack.
 */
export async function measureThroughput(
  stack: AsyncDisposableStack,
  rkl: Path,
  hand: Path,
): Promise<string> {
  for (const { server } of [rkl, hand]) {
    stack.use(serve(server));
    await untilServed(server);
  }
  const rates = await interleave({
    "one container to another, rkl": () => rate(rkl.client, rkl.address),
    "one container to another, by hand": () => rate(hand.client, hand.address),
    "another host to a published port, rkl": () => rate(rkl.outside, HOST),
    "another host to a published port, by hand": () => rate(hand.outside, HOST),
  }, ROUNDS);
  const rows = Object.entries(rates).map(([name, values], i, all) => {
    const median = quantile(values, 0.5);
    const isOwn = i % 2 === 0;
    const other = isOwn ? quantile(all[i + 1]![1], 0.5) : median;
    return [
      name,
      median.toFixed(1),
      values[0]!.toFixed(1),
      values.at(-1)!.toFixed(1),
      (median / other).toFixed(2),
      isOwn ? "0.95" : "",
    ];
  });
  return `TCP, by iperf3, ${ROUNDS} times ${SECONDS} s each; by hand: veth, ` +
    "bridge and two rules, made with ip and nft\n\n" +
    table(
      ["", "Gbit/s", "least", "most", "of by hand", "at least"],
      rows,
    );
}

function serve(netns: NetnsRef): Deno.ChildProcess {
  const iperf = new Deno.Command("iperf3", {
    args: ["--server", "--port", `${PORT}`],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  });
  return inNetns(netns, () => iperf.spawn());
}

async function untilServed(netns: NetnsRef): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (inNetns(netns, () => findPortHolder("tcp", PORT))) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("Cannot measure: iperf3 does not listen after two seconds");
}

/** Gigabits a second from a namespace to a server. */
async function rate(from: NetnsRef, to: string): Promise<number> {
  const flags = ["--port", `${PORT}`, "--time", `${SECONDS}`, "--json"];
  const result = await outputIn(from, "iperf3", "--client", to, ...flags);
  return JSON.parse(result).end.sum_received.bits_per_second / 1e9;
}
